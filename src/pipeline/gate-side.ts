import type { Instant } from './events.ts';
import { isHeldBack } from './launch.ts';
import { humanGate } from './plan.ts';
import type { Policy } from './policy.ts';
import { isTerminal, isWorkStage, STAGE_RULES, type WorkStage } from './stages.ts';
import type { TaskState } from './task.ts';
import { isWaiting, ownerOf, type WaitingKind } from './waiting.ts';

/** What the gate side of the reconciler sees of one task beside its row (REC-71). */
export interface GateSight {
  policy: Policy;
  /** A job of the present publication lives, a run was announced, or effects are on their way. */
  driven: boolean;
  /** Age of the last change below which the task is left alone, in ms (REC-72). */
  graceMs: number;
  now: Instant;
}

interface GuardRule {
  readonly name: string;
  readonly holds: (task: TaskState, sight: GateSight) => boolean;
}

/** Waits for a time or an event of their own; nothing is evaluated while that has not come. */
const PARKED: ReadonlySet<WaitingKind> = new Set([
  'lease',
  'serial',
  'frozen',
  'paused',
  'window',
  'limit',
  'budget',
  'backoff',
  'breaker',
  'runtime',
]);

/** `human`: the stage is closed by a person, so no gate may close it. */
const isHumanStage = ({ stage }: TaskState): boolean => isWorkStage(stage) && humanGate(stage) !== undefined;

function isParked(task: TaskState, { policy, now }: GateSight): boolean {
  const { activity } = task;
  if (!isWaiting(activity) || !PARKED.has(activity.kind)) return false;
  return now < activity.deadline || isHeldBack(task, policy, now);
}

const isEscalated = (task: TaskState, { policy }: GateSight): boolean =>
  task.bounces.length >= policy.limits.maxDeveloperRetries || ownerOf(task.activity) === 'you';

const isUnconfirmed = ({ stage, confirmation }: TaskState): boolean =>
  STAGE_RULES[stage as WorkStage].entry === 'confirm' && confirmation === null;

/** In the order they are asked; the first that holds is the whole answer, and it is silent (REC-71). */
export const GATE_GUARDS: readonly GuardRule[] = [
  { name: 'terminal', holds: ({ stage, activity }) => isTerminal(stage) || activity.kind === 'ended' },
  {
    name: 'stopping',
    holds: ({ activity, stop }) => activity.kind === 'stopping' || stop?.deferred === true,
  },
  { name: 'human_gate', holds: isHumanStage },
  { name: 'no_gate', holds: ({ stage }) => !isWorkStage(stage) || STAGE_RULES[stage].gates.length === 0 },
  { name: 'live_job', holds: (_, { driven }) => driven },
  { name: 'grace', holds: ({ updatedAt }, { graceMs, now }) => now - updatedAt < graceMs },
  { name: 'dependency', holds: (_, { policy }) => policy.around.dependsOn.length > 0 },
  { name: 'parked', holds: isParked },
  { name: 'escalated', holds: isEscalated },
  // Here a look at the tracker is asked for; see `guardBefore` and `guardAfter`.
  { name: 'tracker', holds: () => false },
  { name: 'unconfirmed', holds: isUnconfirmed },
];

const NETWORK = GATE_GUARDS.findIndex(({ name }) => name === 'tracker');

const firstOf = (rules: readonly GuardRule[], task: TaskState, sight: GateSight): string | null =>
  rules.find(({ holds }) => holds(task, sight))?.name ?? null;

/** The guard before any look outside that keeps a task silent; null when the tracker is to be looked at. */
export const guardBefore = (task: TaskState, sight: GateSight): string | null =>
  firstOf(GATE_GUARDS.slice(0, NETWORK), task, sight);

/** The guards behind the look at the tracker; null when the gate may be evaluated. */
export const guardAfter = (task: TaskState, sight: GateSight): string | null =>
  firstOf(GATE_GUARDS.slice(NETWORK + 1), task, sight);

/** Status keys of the tracker under which a person or a deploy holds the task (REC-71 guard 10). */
export const HELD_STATUSES: ReadonlySet<string> = new Set([
  'blocked',
  'needs_input',
  'awaiting_deploy',
  'deploying',
  'monitoring',
]);
