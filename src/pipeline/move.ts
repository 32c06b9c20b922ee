import type { CommentKind, Effect, PingKind, Sound, TextParams } from './effects.ts';
import type { Instant, RejectReason } from './events.ts';
import type { Policy } from './policy.ts';
import type { Role } from './stages.ts';
import type { Clock, TaskState } from './task.ts';
import {
  type Activity,
  isWaiting,
  ownerOf,
  type WaitFacts,
  type Waiting,
  type WaitingKind,
} from './waiting.ts';

/** A decision in the making: a private copy of the task and the effects so far. */
export interface Move {
  task: TaskState;
  readonly effects: Effect[];
  readonly at: Instant;
  readonly policy: Policy;
}

/** Why an event is not accepted; nothing else of the move is used then. */
export interface Refusal {
  reason: RejectReason;
  message: string;
}

export const refuse = (reason: RejectReason, message: string): Refusal => ({ reason, message });

export const patch = (move: Move, change: Partial<TaskState>): void => {
  move.task = { ...move.task, ...change };
};

export const emit = (move: Move, ...effects: Effect[]): void => {
  move.effects.push(...effects);
};

/** Once per (task, stage, attempt, kind), whatever path reports it (PING-1). */
export function ping(
  move: Move,
  kind: PingKind,
  options: { sound?: Sound; cause?: string; params?: TextParams } = {},
): void {
  const { stage, attempt } = move.task;
  const cause = options.cause ?? `${stage}.${attempt}.${kind}`;
  emit(move, {
    kind: 'ping',
    ping: kind,
    sound: options.sound ?? 'sound',
    cause,
    params: options.params ?? {},
  });
}

export function comment(
  move: Move,
  kind: CommentKind,
  author: Role | 'stream',
  params: TextParams = {},
): void {
  const { stage, attempt } = move.task;
  emit(move, { kind: 'post-comment', comment: kind, stage, attempt, author, params });
}

const startClock = (clock: Clock, at: Instant): Clock =>
  clock.since === null ? { ...clock, since: at } : clock;
const stopClock = (clock: Clock, at: Instant): Clock =>
  clock.since === null ? clock : { ms: clock.ms + (at - clock.since), since: null };

/** Changes the activity and keeps the clocks of PIPE-28 and PIPE-47. */
export function setActivity(move: Move, next: Activity): void {
  const { task, at } = move;
  const before = task.activity;
  const owner = ownerOf(before);
  const waited =
    isWaiting(before) && owner !== null && before.kind !== next.kind
      ? {
          ...task.waited,
          [owner]: (task.waited[owner] ?? 0) + Math.max(0, at - (before.entered ?? before.since)),
        }
      : task.waited;
  const clock = (kind: WaitingKind, value: Clock): Clock =>
    next.kind === kind ? startClock(value, at) : stopClock(value, at);
  const entered = isWaiting(before) && before.kind === next.kind ? (before.entered ?? before.since) : at;
  patch(move, {
    activity: isWaiting(next) ? { ...next, entered } : next,
    waited,
    review: clock('approval', task.review),
    confirm: clock('confirm', task.confirm),
  });
}

const REMINDED: ReadonlySet<WaitingKind> = new Set([
  'approval',
  'answers',
  'pr-review',
  'blocked',
  'hold',
  'budget',
]);
const DAY_MS = 86_400_000;

/** Waits whose deadline ends them; that of every other wait comes again and again. */
const ONE_DEADLINE: ReadonlySet<WaitingKind> = new Set(['ci', 'deploying', 'stopping']);

/** The next deadline of a wait that names none itself (PIPE-45); being parked again keeps the rhythm. */
function nextDeadline(
  move: Move,
  kind: WaitingKind,
  { since, facts }: { since: Instant; facts: WaitFacts },
): Instant {
  const delay = delayMs(move, kind, facts);
  // CI is silent from when the forge was there to tell of it (FORGE-105).
  const from = facts.total === 0 && typeof facts.silentSince === 'number' ? facts.silentSince : since;
  const passed = ONE_DEADLINE.has(kind) ? 0 : Math.floor((move.at - since) / delay);
  return from + (passed + 1) * delay;
}

function delayMs(move: Move, kind: WaitingKind, facts: WaitFacts): number {
  const { limits } = move.policy;
  if (REMINDED.has(kind)) return limits.remindAfterMs;
  const delays: Partial<Record<WaitingKind, number>> = {
    ci: facts.total === 0 ? limits.ciMissingMs : limits.ciMaxWaitMs,
    lease: limits.leaseWarnMs,
    runtime: 60_000,
    deploying: limits.deployMs,
    stopping: limits.stopMs,
  };
  return delays[kind] ?? DAY_MS;
}

/** Parks the task: a row, no worker slot. A repeated wait of one kind keeps its start. */
export function wait(
  move: Move,
  kind: WaitingKind,
  options: Partial<Omit<Waiting, 'kind' | 'since'>> = {},
): void {
  const { anchor } = move.task;
  const since = anchor?.kind === kind ? anchor.since : move.at;
  const facts = options.facts ?? {};
  const deadline = options.deadline ?? nextDeadline(move, kind, { since, facts });
  patch(move, { anchor: { kind, since } });
  setActivity(move, { ...options, facts, kind, since, deadline: Math.max(deadline, move.at) });
}
