import type { AgentClass } from './agent-result.ts';
import type { FactData } from './events.ts';
import { block, launch } from './launch.ts';
import { emit, type Move, patch, ping, setActivity, wait } from './move.ts';
import { remainingSteps } from './plan.ts';
import { unchangedRework } from './rework.ts';
import { STAGE_RULES, type WorkStage } from './stages.ts';

/** What the end of a run spends, when the next one starts, and whether the session goes on (AGENT-39). */
interface RunRule {
  readonly spends: 'none' | 'attempts' | 'transient';
  readonly next: 'now' | 'soon' | 'backoff' | 'reset' | 'runtime' | 'raised' | 'never';
  readonly resume: boolean;
}

const rule = (spends: RunRule['spends'], next: RunRule['next'], resume: boolean): RunRule => ({
  spends,
  next,
  resume,
});

export const RUN_RULES: Readonly<Record<Exclude<AgentClass, 'finished'>, RunRule>> = {
  cancelled: rule('none', 'never', false),
  interrupted: rule('none', 'now', true),
  budget: rule('none', 'raised', true),
  auth: rule('none', 'runtime', true),
  billing: rule('none', 'runtime', true),
  limit: rule('none', 'reset', true),
  saturated: rule('attempts', 'now', false),
  'session-missing': rule('none', 'now', false),
  transient: rule('transient', 'backoff', true),
  'first-byte': rule('transient', 'backoff', false),
  idle: rule('attempts', 'soon', true),
  crash: rule('attempts', 'soon', true),
  timeout: rule('attempts', 'soon', false),
  'empty-log': rule('attempts', 'soon', false),
  'stale-base': rule('attempts', 'now', false),
  'agent-error': rule('attempts', 'soon', false),
};

const SOON_MS = 10_000;
const HOUR_MS = 3_600_000;

/** Records a finished run, or decides what follows one that did not finish (AGENT-38 to AGENT-43). */
export function agentEnded(move: Move, data: FactData['agent-result']): void {
  patch(move, { sessionId: data.sessionId ?? move.task.sessionId });
  if (data.class === 'finished') return finished(move, data);
  // A refused push tells what somebody else put on the branch: the next run starts there (AGENT-39).
  if (data.class === 'stale-base') patch(move, { headSha: data.headSha ?? move.task.headSha });
  const consequence = RUN_RULES[data.class];
  if (data.class === 'interrupted') return interrupted(move, data.reason);
  if (consequence.spends === 'attempts' && outOfAttempts(move, data)) return;
  if (consequence.spends === 'transient' && outOfTransient(move, data)) return;
  schedule(move, data, consequence);
}

function finished(move: Move, data: FactData['agent-result']): void {
  forgetFailure(move, 'agent');
  patch(move, {
    headSha: data.headSha ?? move.task.headSha,
    startSha: data.startSha ?? move.task.startSha,
    passed: [...move.task.passed, 'agent'],
  });
  if (unchangedRework(move, data.codeChanged)) {
    emit(move, { kind: 'cancel-run', fence: move.task.fence, reason: 'no progress' });
    patch(move, { fence: move.task.fence + 1 });
    return;
  }
  nextStep(move);
}

/** Failures in a row end where the step that failed passes (REC-133). */
export function forgetFailure(move: Move, step: string): void {
  if (move.task.failure?.fingerprint.startsWith(`${step}:`)) patch(move, { failure: null });
}

/** Shows the step that follows the ones that passed. */
export function nextStep(move: Move): void {
  const step = remainingSteps(move.task, move.policy.project)[0] ?? 'settle';
  const { activity } = move.task;
  if (activity.kind === 'deploying') {
    setActivity(move, { ...activity, facts: { ...activity.facts, phase: step } });
  } else {
    setActivity(move, {
      kind: 'working',
      step,
      since: move.at,
      deadline: move.at + move.policy.limits.workMs,
    });
  }
}

/** A run that was lost keeps its attempt; too many within an hour stop the task (REC-51, REC-52). */
export function interrupted(move: Move, reason: string): void {
  const recent = [...move.task.interruptions, move.at].filter((at) => move.at - at < HOUR_MS);
  patch(move, { interruptions: recent });
  if (recent.length > move.policy.limits.restartLoopMax) {
    return block(move, 'restart-loop', reason, { n: recent.length });
  }
  launch(move, { resume: RUN_RULES.interrupted.resume });
}

/** A step that failed for technical reasons waits for a person; the same again and again is a runaway (REC-133). */
export function faulted(move: Move, { step, reason, n }: { step: string; reason: string; n: number }): void {
  if (runaway(move, `${step}:${reason}`)) return;
  block(move, 'step-faulted', reason, { step, n });
}

function runaway(move: Move, fingerprint: string): boolean {
  const count = move.task.failure?.fingerprint === fingerprint ? move.task.failure.count + 1 : 1;
  patch(move, { failure: { fingerprint, count } });
  if (count < move.policy.limits.noProgressMax) return false;
  block(move, 'runaway', `the same failure came ${count} times in a row`, { n: count });
  return true;
}

function outOfAttempts(move: Move, data: FactData['agent-result']): boolean {
  const failedRuns = move.task.failedRuns + 1;
  patch(move, { failedRuns });
  const { role } = STAGE_RULES[move.task.stage as WorkStage];
  if (runaway(move, `agent:${data.class}:${data.reason}`)) return true;
  const { jobMaxAttempts } = move.policy.limits;
  const facts = { role, class: data.class, exitCode: data.exitCode ?? -1, log: data.logTail.slice(-600) };
  if (failedRuns >= jobMaxAttempts) {
    block(move, 'agent-failed', data.reason, facts);
    return true;
  }
  ping(move, 'agent-retrying', {
    sound: 'silent',
    cause: `agent-retrying.${move.task.stage}.${move.task.attempt}.${failedRuns}`,
    params: { ...facts, k: failedRuns + 1, max: jobMaxAttempts },
  });
  return false;
}

function outOfTransient(move: Move, data: FactData['agent-result']): boolean {
  const transientRuns = move.task.transientRuns + 1;
  patch(move, { transientRuns });
  if (transientRuns < move.policy.limits.transientMaxAttempts) return false;
  block(move, 'provider-exhausted', data.reason, { n: transientRuns });
  return true;
}

/** Back-off before the next run (AGENT-42): doubled each time, spread by the task's id, in milliseconds. */
function backoffMs(move: Move): number {
  const { transientBackoffBaseMs: base, transientBackoffMaxMs: max } = move.policy.limits;
  const spread = 0.8 + ((move.task.id * 7 + move.task.transientRuns * 3) % 41) / 100;
  return Math.min(2 ** Math.max(0, move.task.transientRuns - 1) * base, max) * spread;
}

/** A raise wakes the task; a cap of the day ends with the day (AGENT-47). */
function capReached(move: Move, { reason, cap, resumeAt }: FactData['agent-result']): void {
  const { stage, attempt, fence } = move.task;
  const amount = cap?.usd === undefined || cap.usd === null ? {} : { cap: cap.usd };
  ping(move, 'budget', { cause: `budget.${stage}.${attempt}.${fence}`, params: { reason, ...amount } });
  const time = resumeAt === null ? {} : { time: resumeAt };
  wait(move, 'budget', {
    reason,
    facts: { cap: cap?.name ?? reason, ...amount, ...(cap ? { capName: cap.name } : {}), ...time },
    ...(resumeAt === null ? {} : { deadline: resumeAt }),
  });
}

function schedule(move: Move, data: FactData['agent-result'], { next, resume }: RunRule): void {
  const { limits } = move.policy;
  if (next === 'never') return;
  if (next === 'now') return launch(move, { resume });
  if (next === 'runtime') {
    return wait(move, 'runtime', {
      reason: data.reason,
      facts: { host: data.host ?? 'this host', reason: data.reason },
    });
  }
  if (next === 'raised') return capReached(move, data);
  if (next === 'reset') {
    const time = Math.max(data.resumeAt ?? move.at + HOUR_MS / 2, move.task.notBefore ?? 0);
    ping(move, limits.limitAutoResume ? 'limit' : 'limit-manual', {
      sound: limits.limitAutoResume ? 'silent' : 'sound',
      cause: `limit.${move.task.stage}.${move.task.attempt}.${time}`,
      params: { time },
    });
    return wait(move, 'limit', {
      deadline: time,
      facts: { time, reset: data.resumeAt ?? time, auto: limits.limitAutoResume ? 1 : 0 },
    });
  }
  const at = data.resumeAt ?? move.at + (next === 'soon' ? SOON_MS : backoffMs(move));
  const [k, max] =
    next === 'soon'
      ? [move.task.failedRuns, limits.jobMaxAttempts]
      : [move.task.transientRuns, limits.transientMaxAttempts];
  wait(move, 'backoff', {
    deadline: at,
    facts: { reason: data.reason, k: k + 1, max, time: at, resume: resume ? 1 : 0 },
  });
}
