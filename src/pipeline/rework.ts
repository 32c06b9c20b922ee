import { block, enterStage, parkAt } from './launch.ts';
import { comment, emit, type Move, patch, ping } from './move.ts';
import { type BounceCause, type GateName, REWORK_STAGE, STAGE_RULES, type WorkStage } from './stages.ts';
import type { Bounce } from './task.ts';

export interface Refused {
  cause: BounceCause;
  /** One line for people; the findings themselves travel in the verdict's evidence. */
  reason: string;
  fingerprint: string | null;
  /** The gate that refused; what a person may override (PIPE-29). */
  gate?: GateName;
  /** Possible secrets among the findings: they must be rotated at once. */
  secrets?: number;
  /** The branch alone is sound; together with main it is not. */
  combined?: boolean;
}

/** Bounces a task may use: the setting plus what people granted (PIPE-38). */
export const bounceLimit = (move: Move): number =>
  move.policy.limits.maxDeveloperRetries + move.task.bouncesGranted;

const record = (move: Move, { cause, reason, fingerprint }: Refused): Bounce => ({
  cause,
  reason,
  fingerprint,
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
  comment(move, 'gate-failed', owner, { check: refused.gate ?? refused.cause, reason: refused.reason });
  if (refused.secrets) {
    const params = { n: refused.secrets, reason: refused.reason };
    ping(move, 'secrets-found', { sound: 'critical', params });
  }
  if (limits.noProgressEscalate && repeats(move, refused)) return escalate(move, 'no-progress', refused);
  if (move.task.bounces.length >= bounceLimit(move)) return escalate(move, 'rework-exhausted', refused);
  emit(move, { kind: 'release-lease' });
  patch(move, { bounces: [...move.task.bounces, record(move, refused)], confirmation: null });
  sayRework(move, refused);
  enterStage(move, REWORK_STAGE, { resume: refused.cause === 'ci' });
}

/** Counted already; `task` is still where the refusal was. */
function sayRework(move: Move, { cause, reason, combined = false }: Refused): void {
  const { stage, failedStage, bounces } = move.task;
  const owner = STAGE_RULES[failedStage ?? (stage as WorkStage)].role;
  const counts = { n: bounces.length, max: bounceLimit(move) };
  comment(move, 'rollback', owner, { cause: combined ? 'retest' : cause, reason, ...counts });
}

/** Stops at development and asks a person; nothing is launched (PIPE-39). */
export function escalate(move: Move, cause: 'rework-exhausted' | 'no-progress', refused: Refused): void {
  const all = [...move.task.bounces, record(move, refused)];
  const list = all.map((entry, index) => `#${index + 1} ${entry.cause}: ${entry.reason}`).join('\n');
  const failed = move.task.stage;
  parkAt(move, REWORK_STAGE);
  const counts = { n: move.task.bounces.length, max: bounceLimit(move) };
  const gate = refused.gate === undefined ? {} : { gate: refused.gate };
  block(move, cause, refused.reason, { ...counts, ...gate, failed, list, refused: refused.cause });
}

/** A person's decision uses one more bounce and grants it: always after an escalation, else only at the limit (PIPE-38, PIPE-41). */
export function grantBounce(move: Move, refused: Refused, when: 'always' | 'at-limit'): void {
  const granted = when === 'always' || move.task.bounces.length >= bounceLimit(move) ? 1 : 0;
  patch(move, {
    bouncesGranted: move.task.bouncesGranted + granted,
    bounces: [...move.task.bounces, record(move, refused)],
    confirmation: null,
  });
  sayRework(move, refused);
  enterStage(move, REWORK_STAGE, { urgent: true });
}

/** A rework run that changed no code is no progress (PIPE-40). */
export function unchangedRework(move: Move, codeChanged: boolean): boolean {
  const { task, policy } = move;
  const last = task.bounces.at(-1);
  // Only an entry that a bounce caused is a rework; a person's reject may well need no change of code.
  const rework = task.stage === REWORK_STAGE && last?.at === task.stageSince;
  if (codeChanged || last === undefined || !rework || !policy.limits.noProgressEscalate) return false;
  escalate(move, 'no-progress', {
    cause: last.cause,
    reason: 'the rework left the code as it was',
    fingerprint: null,
  });
  return true;
}
