import { block, enterStage, parkAt } from './launch.ts';
import { comment, emit, type Move, patch, ping } from './move.ts';
import { type BounceCause, STAGE_RULES, type WorkStage } from './stages.ts';
import type { Bounce } from './task.ts';

export interface Refused {
  cause: BounceCause;
  /** One line for people; the findings themselves travel in the verdict's evidence. */
  reason: string;
  fingerprint: string | null;
}

const REWORK_STAGE: WorkStage = 'development';

/** Bounces a task may use: the setting plus what people granted (PIPE-38). */
export const bounceLimit = (move: Move): number =>
  move.policy.limits.maxDeveloperRetries + move.task.bouncesGranted;

const record = (move: Move, refused: Refused): Bounce => ({
  ...refused,
  stage: move.task.stage,
  attempt: move.task.attempt,
  sha: move.task.headSha,
  at: move.at,
});

const repeats = (move: Move, refused: Refused): boolean => {
  const last = move.task.bounces.at(-1);
  return refused.fingerprint !== null && last?.fingerprint === refused.fingerprint;
};

/** A refusal: back to the developer, or to a person when the budget is used or nothing improves (PIPE-38 to PIPE-40). */
export function bounce(move: Move, refused: Refused): void {
  const { limits } = move.policy;
  const owner = STAGE_RULES[move.task.stage as WorkStage].role;
  comment(move, 'gate-failed', owner, { cause: refused.cause, reason: refused.reason });
  if (refused.cause === 'security') {
    ping(move, 'secrets-found', { sound: 'critical', params: { reason: refused.reason } });
  }
  if (limits.noProgressEscalate && repeats(move, refused)) return escalate(move, 'no-progress', refused);
  if (move.task.bounces.length >= bounceLimit(move)) return escalate(move, 'rework-exhausted', refused);
  emit(move, { kind: 'release-lease' });
  patch(move, { bounces: [...move.task.bounces, record(move, refused)], confirmation: null });
  enterStage(move, REWORK_STAGE, { resume: refused.cause === 'ci' });
}

/** Stops at development and asks a person; nothing is launched (PIPE-39). */
export function escalate(move: Move, cause: 'rework-exhausted' | 'no-progress', refused: Refused): void {
  const all = [...move.task.bounces, record(move, refused)];
  const list = all.map((entry, index) => `#${index + 1} ${entry.cause}: ${entry.reason}`).join('\n');
  parkAt(move, REWORK_STAGE);
  block(move, cause, refused.reason, { n: move.task.bounces.length, max: bounceLimit(move), list });
}

/** A person grants one bounce and uses it (PIPE-41). */
export function grantBounce(move: Move, cause: BounceCause, reason: string): void {
  const granted = move.task.bounces.length >= bounceLimit(move) ? 1 : 0;
  patch(move, {
    bouncesGranted: move.task.bouncesGranted + granted,
    bounces: [...move.task.bounces, record(move, { cause, reason, fingerprint: null })],
    confirmation: null,
  });
  enterStage(move, REWORK_STAGE, { urgent: true });
}

/** A rework run that changed no code is no progress (PIPE-40). */
export function unchangedRework(move: Move, codeChanged: boolean): boolean {
  const { task, policy } = move;
  const last = task.bounces.at(-1);
  if (codeChanged || last === undefined || task.stage !== REWORK_STAGE || !policy.limits.noProgressEscalate)
    return false;
  escalate(move, 'no-progress', {
    cause: last.cause,
    reason: 'the rework left the code as it was',
    fingerprint: null,
  });
  return true;
}
