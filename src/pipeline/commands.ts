import { advance } from './announce.ts';
import { type Handler, notNow, now, say, waitsFor } from './command-words.ts';
import type { TaskCommand } from './events.ts';
import { enterStage, freezeOn, launch, relaunch } from './launch.ts';
import { comment, emit, type Move, patch, ping, type Refusal, refuse, setActivity, wait } from './move.ts';
import { override } from './override.ts';
import { remainingSteps, stageBefore } from './plan.ts';
import { grantBounce } from './rework.ts';
import { type BounceCause, isWorkStage, STAGE_RULES, type WorkStage } from './stages.ts';
import { beginStop } from './stop.ts';
import { isWaiting } from './waiting.ts';

const inCriticalWindow = (move: Move): boolean => waitsFor(move, 'deploying');

const start: Handler = (move, event) => {
  if (move.task.stage !== 'created') return again(move, event);
  const issue = event.args?.createIssue;
  if (issue) emit(move, { kind: 'create-issue', ...issue });
  enterStage(move, 'analysis');
  comment(move, 'started', 'analyst');
  return undefined;
};

const approve: Handler = (move, { actor }) => {
  if (!waitsFor(move, 'approval')) return refuse('nothing_to_approve', `Nothing to approve: ${now(move)}.`);
  if (actor.surface === 'label') {
    comment(move, 'auto', 'stream', { what: 'approve', label: actor.name });
    ping(move, 'auto', { sound: 'silent', params: { what: 'approved', label: actor.name } });
  } else if (actor.surface !== 'tracker') {
    comment(move, 'decided', 'stream', { what: 'approved', by: actor.name });
  }
  advance(move, STAGE_RULES[move.task.stage as WorkStage].next as WorkStage);
  return undefined;
};

const reject: Handler = (move, event) => {
  const { stage } = move.task;
  if (inCriticalWindow(move))
    return refuse('critical_window', 'Merging or deploying: rollback is offered when it has ended.');
  if (!isWorkStage(stage) || waitsFor(move, 'stopping'))
    return refuse('not_rejectable_now', `Cannot reject: ${now(move)}.`);
  say(move, event, 'reject', 'rejected without a comment');
  const reason = move.task.words.at(-1)?.text ?? '';
  emit(move, { kind: 'cancel-run', fence: move.task.fence, reason: 'rejected' }, { kind: 'release-lease' });
  patch(move, { confirmation: null });
  const target = stageBefore(stage, move.task, move.policy.project);
  comment(move, 'rejected', STAGE_RULES[target].role, { by: event.actor.name, reason: reason.slice(0, 300) });
  enterStage(move, target, { urgent: true });
  return undefined;
};

const answer: Handler = (move, event) => {
  if (!waitsFor(move, 'answers', 'approval')) return notNow(move);
  if (!event.text?.trim()) return refuse('not_waiting', 'An answer needs text.');
  say(move, event, 'answer');
  comment(move, 'relaunched', 'analyst');
  relaunch(move, { resume: true, urgent: true });
  return undefined;
};

const again: Handler = (move, event) => {
  const { stage, activity } = move.task;
  if (stage !== 'analysis') return refuse('relaunch_only_at_analysis', `Only at analysis: ${now(move)}.`);
  if (activity.kind === 'working') return refuse('job_active', `The analyst is at work: ${now(move)}.`);
  if (waitsFor(move, 'stopping')) return notNow(move);
  say(move, event, 'answer');
  if (event.text?.trim()) comment(move, 'relaunched', 'analyst');
  relaunch(move, { resume: true, urgent: true });
  return undefined;
};

const confirmDeploy: Handler = (move, { actor }) => {
  const { activity, testedSha, baseSha } = move.task;
  if (activity.kind !== 'confirm') return refuse('nothing_to_confirm', `Nothing to confirm: ${now(move)}.`);
  if (isWaiting(activity) && activity.expiresAt !== undefined && move.at >= activity.expiresAt) {
    return refuse(
      'expired',
      'The confirmation request has expired; the gates run again and it is asked anew.',
    );
  }
  const freeze = freezeOn(move, 'delivery');
  if (freeze) return refuse('frozen', `${move.task.repo} is frozen: ${freeze.reason}.`);
  const sha = testedSha ?? move.task.headSha ?? '';
  patch(move, { confirmation: { sha, baseSha, by: actor.name, at: move.at }, anchor: null });
  if (actor.surface === 'label') {
    comment(move, 'auto', 'stream', { what: 'deploy', label: actor.name });
    ping(move, 'auto', { sound: 'silent', params: { what: 'deploy started', label: actor.name } });
  } else if (actor.surface !== 'tracker') {
    comment(move, 'decided', 'stream', { what: 'confirmed', by: actor.name, sha });
  }
  launch(move, { urgent: true });
  return undefined;
};

const retry: Handler = (move, event) => {
  const { activity, failedStage } = move.task;
  if (!isWaiting(activity) || !waitsFor(move, 'blocked', 'hold')) return notNow(move);
  if (activity.kind === 'hold') {
    const freeze = freezeOn(move, 'delivery');
    if (freeze) return refuse('frozen', `${move.task.repo} is frozen: ${freeze.reason}.`);
  }
  say(move, event, 'retry');
  if (activity.cause === 'rework-exhausted' || activity.cause === 'no-progress') {
    const cause = (activity.facts.refused ?? 'fix') as BounceCause;
    grantBounce(move, { cause, reason: activity.reason ?? '', fingerprint: null }, 'always');
    return undefined;
  }
  if (failedStage !== null) {
    enterStage(move, failedStage, { urgent: true, skipAgent: activity.cause === 'staging-failed' });
    return undefined;
  }
  relaunch(move, { urgent: true });
  return undefined;
};

const fix: Handler = (move, event) => {
  const { activity } = move.task;
  if (!isWaiting(activity) || (activity.cause !== 'staging-failed' && activity.cause !== 'deploy-failed'))
    return notNow(move);
  say(move, event, 'retry');
  const refused = { cause: 'fix', reason: activity.reason ?? activity.cause, fingerprint: null } as const;
  grantBounce(move, refused, 'at-limit');
  return undefined;
};

const regate: Handler = (move) => {
  const { activity } = move.task;
  if (!isWaiting(activity)) return refuse('job_active', `A job is at work: ${now(move)}.`);
  if (activity.live) {
    if (activity.kind !== 'ci') return refuse('job_active', `A job is at work: ${now(move)}.`);
    wakeGate(move);
    return undefined;
  }
  if (activity.kind === 'hold') return judgeDeploy(move);
  const startsModel = remainingSteps(move.task, move.policy.project).includes('agent');
  if (waitsFor(move, 'approval', 'answers', 'confirm', 'stopping') || startsModel) return notNow(move);
  if (remainingSteps(move.task, move.policy.project).length === 0) return notNow(move);
  launch(move, { urgent: true });
  return undefined;
};

/** The finalizer decides again what the deploy became; nothing is merged or deployed (PIPE-29). */
function judgeDeploy(move: Move): Refusal | undefined {
  const { activity, passed } = move.task;
  const unknown = isWaiting(activity) && activity.cause === 'deploy-unknown';
  if (!unknown || !passed.includes('merge')) return notNow(move);
  patch(move, { passed: [...new Set([...passed, 'deploy', 'agent'])] });
  launch(move, { urgent: true });
  return undefined;
}

/** Promotes the delayed read of a gate that still has its job. */
export function wakeGate(move: Move): void {
  const { stage, attempt, generation } = move.task;
  emit(move, { kind: 'wake-gate', stage: stage as WorkStage, attempt, generation });
}

/** The cap the task waits for; the button raises that one (AGENT-47). */
function cappedBy({ task }: Move): 'attempt' | 'task' | 'day' | null {
  const { activity } = task;
  const name = activity.kind === 'budget' ? activity.facts.capName : null;
  return name === 'attempt' || name === 'task' || name === 'day' ? name : null;
}

const raiseBudget: Handler = (move, { args }) => {
  const usd = args?.usd ?? move.policy.limits.raiseUsd;
  const cap = args?.cap ?? cappedBy(move) ?? 'task';
  if (!(usd > 0)) return refuse('not_waiting', 'A raise needs a positive amount in USD.');
  if (cap === 'day') emit(move, { kind: 'raise-day-budget', usd, at: move.at });
  else patch(move, { raisedUsd: { ...move.task.raisedUsd, [cap]: move.task.raisedUsd[cap] + usd } });
  if (waitsFor(move, 'budget')) launch(move, { resume: true, urgent: true });
  return undefined;
};

const resumeNow: Handler = (move) => {
  if (!waitsFor(move, 'limit', 'backoff', 'breaker', 'runtime')) return notNow(move);
  launch(move, { resume: true, urgent: true });
  return undefined;
};

const notBefore: Handler = (move, { args }) => {
  const { activity } = move.task;
  if (activity.kind !== 'limit' || args?.at === undefined) return notNow(move);
  patch(move, { notBefore: args.at });
  const reset = Number(activity.facts.reset ?? activity.deadline);
  const time = Math.max(args.at, reset);
  // A time somebody named is a wish to go on then, whatever the automatic says (inc-19).
  wait(move, 'limit', { deadline: time, facts: { ...activity.facts, reset, time, auto: 1 } });
  return undefined;
};

const note: Handler = (move, event) => {
  if (!event.text?.trim()) return refuse('not_waiting', 'A note needs text.');
  say(move, event, 'note');
  return undefined;
};

const auto: Handler = (move, { args }) => {
  if (args?.auto === undefined) return refuse('not_waiting', 'Say which: approve or deploy.');
  const on = args.on ?? true;
  patch(move, { auto: { ...move.task.auto, [args.auto]: on } });
  const { activity, headSha, testedSha } = move.task;
  if (on && args.auto === 'approve' && activity.kind === 'approval') {
    emit(move, { kind: 'command', name: 'approve', label: 'autoApprove', sha: headSha });
  }
  if (on && args.auto === 'deploy' && activity.kind === 'confirm') {
    emit(move, { kind: 'command', name: 'confirm-deploy', label: 'autoDeploy', sha: testedSha });
  }
  return undefined;
};

const depend: Handler = (move, { args }) => {
  const edge = args?.dependency;
  if (edge === undefined) return refuse('not_waiting', 'Say which task it depends on.');
  if (edge.cycle && !edge.remove)
    return refuse('not_waiting', `That would be a cycle: ${edge.cycle.join(' → ')}.`);
  emit(move, { kind: 'depend', on: edge.on, remove: edge.remove });
  return undefined;
};

const stop: Handler = (move, event) => {
  if (waitsFor(move, 'stopping') || move.task.stop?.deferred)
    return refuse('duplicate', 'It is being stopped already.');
  const reason = event.text?.trim() ?? '';
  if (inCriticalWindow(move)) {
    patch(move, { stop: { by: event.actor.name, at: move.at, reason, deferred: true } });
    const { activity } = move.task;
    if (isWaiting(activity)) setActivity(move, { ...activity, facts: { ...activity.facts, stopping: 1 } });
    return undefined;
  }
  beginStop(move, event.actor.name, reason);
  return undefined;
};

/** What each command does (PIPE-29); a refusal changes nothing. */
export const COMMANDS: Readonly<Record<TaskCommand, Handler>> = {
  start,
  approve,
  reject,
  answer,
  relaunch: again,
  'confirm-deploy': confirmDeploy,
  retry,
  fix,
  regate,
  override,
  'raise-budget': raiseBudget,
  'resume-now': resumeNow,
  'not-before': notBefore,
  note,
  auto,
  depend,
  stop,
};
