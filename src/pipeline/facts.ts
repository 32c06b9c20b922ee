import { voidConfirmation } from './announce.ts';
import { wakeGate } from './commands.ts';
import { hold } from './deploy-end.ts';
import type { Away, Fact, FactData } from './events.ts';
import { block, launch } from './launch.ts';
import { emit, type Move, patch, ping, type Refusal, refuse, setActivity, wait } from './move.ts';
import { gateOfStep, gateStep, remainingSteps } from './plan.ts';
import { projectChanged } from './project-changed.ts';
import { agentEnded, faulted, interrupted, nextStep } from './runs.ts';
import { absorb, settled } from './settle.ts';
import type { BlockCause } from './stages.ts';
import { stopped } from './stop.ts';
import { isWaiting, WAITING_RULES, type WaitFacts, type Waiting, type WaitingKind } from './waiting.ts';

type Handler<F extends Fact> = (move: Move, data: FactData[F]) => Refusal | undefined;

const inert = (why: string): Refusal => refuse('not_waiting', why);

/** True while jobs of the present publication may still report. */
const atWork = (move: Move): boolean => {
  const { activity } = move.task;
  if (activity.kind === 'stopping') return false;
  return activity.kind === 'working' || (isWaiting(activity) && activity.live === true);
};

const agentResult: Handler<'agent-result'> = (move, data) => {
  if (!atWork(move) || move.task.passed.includes('agent')) return inert('No run is expected.');
  if (data.class === 'cancelled') return inert('The run was cancelled.');
  agentEnded(move, data);
  return undefined;
};

const gateResult: Handler<'gate-result'> = (move, { gate, result, retryAt }) => {
  if (!atWork(move)) return inert('No gate is expected.');
  const step = gateStep(gate);
  if (result.outcome === 'pending' && retryAt !== undefined) {
    const facts = { ...((result.evidence.facts ?? {}) as WaitFacts), time: retryAt };
    wait(move, 'ci', { live: true, reason: result.reason, facts });
    return undefined;
  }
  if (result.outcome !== 'passed') return undefined;
  absorb(move, { step, outcome: 'passed', reason: result.reason, evidence: result.evidence });
  nextStep(move);
  return undefined;
};

const stageSettled: Handler<'stage-settled'> = (move, { steps }) => {
  const [only] = steps;
  if (move.task.activity.kind === 'stopping') {
    if (only?.step !== 'stop') return inert('The task is being stopped.');
    stopped(move, only);
    return undefined;
  }
  if (!atWork(move)) return inert('Nothing is being worked on.');
  settled(move, steps);
  return undefined;
};

const deployResult: Handler<'deploy-result'> = (move, { result }) => {
  if (!atWork(move)) return inert('No deploy is expected.');
  if (result.outcome !== 'passed') return undefined;
  absorb(move, result);
  nextStep(move);
  return undefined;
};

const stepFaulted: Handler<'step-faulted'> = (move, { step, reason, attempts }) => {
  if (!atWork(move)) return inert('Nothing is being worked on.');
  faulted(move, { step, reason, n: attempts });
  return undefined;
};

const runLost: Handler<'run-lost'> = (move, { reason }) => {
  if (!atWork(move)) return inert('No run is expected.');
  interrupted(move, reason);
  return undefined;
};

/** Waits whose condition is judged again by simply going on (REC-77). */
const REJUDGED: ReadonlySet<WaitingKind> = new Set([
  'lease',
  'dependency',
  'serial',
  'frozen',
  'paused',
  'window',
]);
const READ_AGAIN: ReadonlySet<WaitingKind> = new Set(['ci', 'pr-review']);

const wakeIf = (move: Move, kinds: ReadonlySet<WaitingKind>): Refusal | undefined => {
  const { activity } = move.task;
  if (!isWaiting(activity) || !kinds.has(activity.kind)) return inert('Nothing waits for this.');
  if (activity.live) wakeGate(move);
  else launch(move);
  return undefined;
};

/** States that a cycle does not change: a person decides there already, or an end is near. */
const SETTLED: ReadonlySet<string> = new Set(['blocked', 'hold', 'confirm', 'deploying', 'stopping']);

/** Every task on the cycle is blocked, and one of them tells it (REC-103). */
function onCycle(move: Move, cycle: readonly string[]): Refusal | undefined {
  const { activity, fence, wid } = move.task;
  if (SETTLED.has(activity.kind)) return inert('A cycle counts at the next start.');
  if (atWork(move)) {
    emit(move, { kind: 'cancel-run', fence, reason: 'dependency cycle' });
    patch(move, { fence: fence + 1 });
  }
  const path = cycle.join(' → ');
  const quiet = wid === [...cycle].sort()[0] ? 0 : 1;
  block(move, 'dep-cycle', path, { cycle: path, quiet });
  return undefined;
}

const depsChanged: Handler<'deps-changed'> = (move, { ended, cancelled, cycle }) => {
  if (cycle) return onCycle(move, cycle);
  if (cancelled && ended)
    ping(move, 'dep-cancelled', { cause: `dep-cancelled.${ended}`, params: { dep: ended } });
  const { activity } = move.task;
  if (isWaiting(activity) && activity.cause === 'dep-cycle') {
    launch(move);
    return undefined;
  }
  if (activity.kind === 'dependency' || activity.kind === 'serial') {
    launch(move);
    return undefined;
  }
  return cancelled ? undefined : inert('Nothing waits for this.');
};

const trackerChanged: Handler<'tracker-changed'> = (move, { deleted }) => {
  if (!deleted || move.task.issueGone) return inert('Recorded.');
  patch(move, { issueGone: true });
  ping(move, 'issue-deleted', { cause: 'issue-deleted' });
  return undefined;
};

const push: Handler<'push'> = (move, { main, foreign, sha }) => {
  const { activity, landedSha, baseSha, testedSha } = move.task;
  // Our own landed commit and the tested base count as unmoved (SHIP-84).
  const moved = main ? sha === null || (sha !== landedSha && sha !== baseSha) : foreign && sha !== testedSha;
  if (moved && activity.kind === 'confirm') {
    voidConfirmation(move, main ? 'main has moved' : 'the branch has moved');
    return undefined;
  }
  if (!foreign) return inert('Our own push.');
  return wakeIf(move, READ_AGAIN);
};

const runtimeChanged: Handler<'runtime-changed'> = (move, { ready, reason = '', away }) => {
  if (away) return forgeAway(move, reason, away);
  const { activity } = move.task;
  if (!ready || (activity.kind !== 'runtime' && activity.kind !== 'breaker'))
    return inert('Nothing waits for this.');
  launch(move, { resume: true });
  return undefined;
};

/** Its job sleeps and looks again; the wait only says so (PIPE-45). The deadline is that of the work itself. */
function forgeAway(move: Move, reason: string, { k, max, retryAt }: Away): Refusal | undefined {
  if (!atWork(move)) return inert('Nothing is being worked on.');
  const deadline = Math.max(retryAt, move.at) + move.policy.limits.workMs;
  wait(move, 'backoff', { live: true, deadline, reason, facts: { reason, k, max, time: retryAt } });
  return undefined;
}

const timer: Handler<'timer'> = (move) => {
  const { activity } = move.task;
  if (activity.kind === 'ended' || move.at < activity.deadline) return inert('The deadline has moved.');
  if (!isWaiting(activity)) return overdue(move);
  return DEADLINES[WAITING_RULES[activity.kind].onDeadline](move, activity);
};

function overdue(move: Move): undefined {
  const { stage, attempt, activity, generation } = move.task;
  if (activity.kind !== 'working') return;
  ping(move, 'error', {
    cause: `overdue.${stage}.${attempt}.${generation}`,
    params: { text: `${stage}: step ${activity.step} has not ended in its time` },
  });
  setActivity(move, { ...activity, deadline: move.at + move.policy.limits.workMs });
}

type OnDeadline = (move: Move, activity: Waiting) => undefined;

const remind: OnDeadline = (move, activity) => {
  const { remindAfterMs, remindMax } = move.policy.limits;
  // Counted from the start of the wait, so that being parked again neither repeats nor delays one.
  const reminded = Math.max(1, Math.floor((move.at - activity.since) / remindAfterMs));
  const { stage, attempt } = move.task;
  if (reminded <= remindMax) {
    ping(move, 'reminder', {
      cause: `reminder.${stage}.${attempt}.${activity.since}.${reminded}`,
      params: { since: activity.since },
    });
  }
  const next = activity.since + (reminded + 1) * remindAfterMs;
  setActivity(move, { ...activity, reminded, deadline: Math.max(next, move.at + 1) });
};

const DEADLINES: Readonly<Record<(typeof WAITING_RULES)[WaitingKind]['onDeadline'], OnDeadline>> = {
  remind: (move, activity) => {
    if (activity.kind === 'budget' && move.at >= Number(activity.facts.time ?? Infinity)) {
      launch(move, { resume: true });
      return;
    }
    remind(move, activity);
  },
  reask: (move, activity) => {
    if (activity.expiresAt !== undefined && move.at < activity.expiresAt) {
      remind(move, activity);
      const { activity: next } = move.task;
      if (isWaiting(next))
        setActivity(move, { ...next, deadline: Math.min(next.deadline, activity.expiresAt) });
      return;
    }
    voidConfirmation(move, 'the request has expired');
  },
  block: (move, activity) => {
    const silent = activity.facts.total === 0;
    const minutes = Math.round((move.at - activity.since) / 60_000);
    const sha = move.task.headSha ?? '';
    const reason = silent
      ? `no CI run for ${sha.slice(0, 7)}: is CI enabled for pushes by the bot user?`
      : `CI still pending after ${minutes} min`;
    patch(move, { fence: move.task.fence + 1 });
    const [step] = remainingSteps(move.task, move.policy.project);
    const gate = gateOfStep(step ?? '');
    const facts = gate === null ? {} : { gate };
    block(move, silent ? 'ci-silent' : 'ci-timeout', reason, { sha, n: minutes, ...facts });
  },
  warn: (move, activity) => {
    const facts = { holder: activity.facts.holder ?? '', since: activity.since };
    ping(move, 'lease-late', {
      sound: 'silent',
      cause: `lease-late.${move.task.stage}.${move.task.attempt}.${activity.since}`,
      params: facts,
    });
    setActivity(move, { ...activity, deadline: move.at + move.policy.limits.leaseWarnMs });
  },
  resume: (move, activity) => {
    if (activity.kind === 'limit' && activity.facts.auto === 0) return remind(move, activity);
    launch(move, { resume: activity.facts.resume !== 0 });
  },
  regate: (move) => launch(move) as undefined,
  hold: (move) => {
    patch(move, { fence: move.task.fence + 1 });
    const reason = 'the deploy did not end before its deadline';
    hold(move, { step: 'finalize-deploy', outcome: 'hold', hold: 'deploy-unknown', reason, evidence: {} });
  },
  alarm: (move, activity) => {
    const { stop, fence } = move.task;
    ping(move, 'not-stopped', {
      sound: 'critical',
      cause: `not-stopped.${activity.since}`,
      params: { ...activity.facts },
    });
    emit(move, { kind: 'stop-work', fence, by: stop?.by ?? 'system', reason: stop?.reason ?? '' });
    setActivity(move, { ...activity, deadline: move.at + 60_000 });
  },
};

const wake: Handler<'wake'> = (move, { block: why }) => {
  const { activity } = move.task;
  if (why) return blockAtRest(move, why);
  // Where a job should live, being woken means that there is none: it is published again (REC-77).
  const parked = isWaiting(activity) && activity.live !== true;
  if (parked && READ_AGAIN.has(activity.kind)) return wakeIf(move, READ_AGAIN);
  if (parked && REJUDGED.has(activity.kind)) return wakeIf(move, REJUDGED);
  if (activity.kind === 'stopping') {
    const { stop, fence } = move.task;
    emit(move, { kind: 'stop-work', fence, by: stop?.by ?? 'system', reason: stop?.reason ?? '' });
    return undefined;
  }
  if (!atWork(move)) return inert('Nothing to wake.');
  launch(move, { resume: true });
  return undefined;
};

/** Whatever works for the task is called off; nothing is started until a person has decided. */
function blockAtRest(move: Move, { cause, reason }: { cause: BlockCause; reason: string }): undefined {
  const { fence } = move.task;
  emit(move, { kind: 'cancel-run', fence, reason: cause });
  patch(move, { fence: fence + 1 });
  block(move, cause, reason);
}

/** What each fact does (PIPE-1); none but a gate's result moves a task (PIPE-5). */
export const FACTS: { readonly [F in Exclude<Fact, 'watch-result'>]: Handler<F> } = {
  'agent-result': agentResult,
  'gate-result': gateResult,
  'stage-settled': stageSettled,
  'step-faulted': stepFaulted,
  'run-lost': runLost,
  'ci-changed': (move) => wakeIf(move, new Set(['ci'])),
  'pr-changed': (move) => wakeIf(move, READ_AGAIN),
  push,
  'tracker-changed': trackerChanged,
  'lease-changed': (move) => wakeIf(move, new Set(['lease'])),
  'repo-changed': (move, { project }) =>
    project === undefined ? wakeIf(move, REJUDGED) : projectChanged(move, project),
  'deps-changed': depsChanged,
  'runtime-changed': runtimeChanged,
  'deploy-result': deployResult,
  timer,
  wake,
};
