import type { Instant } from './events.ts';
import type { BlockCause, HoldCause } from './stages.ts';

/** Who can end a wait (PIPE-44). */
export type Owner = 'you' | 'ci' | 'lease' | 'dependency' | 'repo gate' | 'limit' | 'budget' | 'system';

export const WAITING_KINDS = [
  'approval',
  'answers',
  'pr-review',
  'confirm',
  'blocked',
  'hold',
  'ci',
  'lease',
  'dependency',
  'serial',
  'frozen',
  'paused',
  'window',
  'limit',
  'budget',
  'backoff',
  'breaker',
  'runtime',
  'deploying',
  'stopping',
] as const;
export type WaitingKind = (typeof WAITING_KINDS)[number];

/** What the deadline of a wait brings (PIPE-45). */
export type OnDeadline = 'remind' | 'reask' | 'block' | 'warn' | 'resume' | 'regate' | 'hold' | 'alarm';

export interface WaitingRule {
  readonly owner: Owner;
  readonly onDeadline: OnDeadline;
}

/** The canonical kinds (PIPE-45) as data. */
export const WAITING_RULES: Readonly<Record<WaitingKind, WaitingRule>> = {
  approval: { owner: 'you', onDeadline: 'remind' },
  answers: { owner: 'you', onDeadline: 'remind' },
  'pr-review': { owner: 'you', onDeadline: 'remind' },
  confirm: { owner: 'you', onDeadline: 'reask' },
  blocked: { owner: 'you', onDeadline: 'remind' },
  hold: { owner: 'you', onDeadline: 'remind' },
  ci: { owner: 'ci', onDeadline: 'block' },
  lease: { owner: 'lease', onDeadline: 'warn' },
  dependency: { owner: 'dependency', onDeadline: 'resume' },
  serial: { owner: 'repo gate', onDeadline: 'resume' },
  frozen: { owner: 'repo gate', onDeadline: 'resume' },
  paused: { owner: 'repo gate', onDeadline: 'resume' },
  window: { owner: 'repo gate', onDeadline: 'resume' },
  limit: { owner: 'limit', onDeadline: 'resume' },
  budget: { owner: 'budget', onDeadline: 'remind' },
  backoff: { owner: 'system', onDeadline: 'resume' },
  breaker: { owner: 'system', onDeadline: 'resume' },
  runtime: { owner: 'you', onDeadline: 'resume' },
  deploying: { owner: 'system', onDeadline: 'hold' },
  stopping: { owner: 'system', onDeadline: 'alarm' },
};

/** Values that fill a waiting sentence (WAIT-1); which keys depends on the kind. */
export type WaitFacts = Readonly<Record<string, string | number>>;

/** A wait: a row, never a worker slot. */
export interface Waiting {
  kind: WaitingKind;
  since: Instant;
  /** When the next thing happens by itself; every wait has one. */
  deadline: Instant;
  cause?: BlockCause | HoldCause;
  /** One line for people: what the cause is about. */
  reason?: string;
  facts: WaitFacts;
  /** When this visit of the wait began; `since` may lie before it (PIPE-47). */
  entered?: Instant;
  /** Reminders sent so far. */
  reminded?: number;
  /** A delayed job of ours still drives it; without one the wait is only a row. */
  live?: boolean;
  /** `confirm`: when the request expires. */
  expiresAt?: Instant;
}

/** What a live task does (PIPE-44). Whether `working` is queued or running is told by its run row. */
export type Activity =
  | { kind: 'working'; step: string; since: Instant; deadline: Instant }
  | Waiting
  | { kind: 'ended'; since: Instant };

export const isWaiting = (activity: Activity): activity is Waiting =>
  activity.kind !== 'working' && activity.kind !== 'ended';

/** Who can end the present state; `system` while work goes on, null when the task has ended. */
export function ownerOf(activity: Activity): Owner | null {
  if (activity.kind === 'ended') return null;
  return isWaiting(activity) ? WAITING_RULES[activity.kind].owner : 'system';
}
