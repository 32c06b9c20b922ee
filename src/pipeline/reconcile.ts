import type { Event, FactEvent, Instant } from './events.ts';
import { isHeldBack } from './launch.ts';
import type { Policy } from './policy.ts';
import { isTerminal } from './stages.ts';
import type { TaskState } from './task.ts';
import { isWaiting, ownerOf, type WaitingKind } from './waiting.ts';

/** Why a task is left alone; checked in this order, each silent (REC-77). */
export const GUARDS = [
  'terminal',
  'stopping',
  'pending',
  'live',
  'grace',
  'held',
  'human',
  'driven',
] as const;
export type Guard = (typeof GUARDS)[number];

/** What the reconciler sees of one task beside its row. */
export interface Sight {
  policy: Policy;
  /** A job of the present publication exists in the queue, or a run of it was heard of lately. */
  driven: boolean;
  /** Outbox rows of the task are still unsent: what they start is on its way. */
  pending: boolean;
}

export interface ReconcileInput {
  tasks: readonly TaskState[];
  sightOf: (task: TaskState) => Sight;
  /** Age of the last change below which a task is left alone, in ms (REC-72). */
  graceMs: (task: TaskState) => number;
  now: Instant;
}

export interface Reconciled {
  events: Event[];
  counters: {
    /** Tasks whose driver had gone. */
    rebuilt: number;
    /** Parked tasks that are looked at again. */
    woken: number;
    skippedTerminal: number;
    guards: Partial<Record<Guard, number>>;
  };
}

/** Timers that nobody fired for so long are fired here (REC-77). */
const OVERDUE_MS = 60_000;

/** Parked on the repository or on another task: gone on with as soon as nothing holds it back. */
const PARKED: ReadonlySet<WaitingKind> = new Set(['dependency', 'serial', 'frozen', 'paused', 'window']);

type Found = { guard: Guard } | { rebuild: true } | { wake: true } | { timer: true };

/**
 * The drivers' side of the reconciler as a pure function (REC-70, REC-77): what the database holds and the queue shows →
 * events for the engine. It only wakes: what follows is decided by `transition`, so it never deploys, approves or retries.
 */
export function reconcile(input: ReconcileInput): Reconciled {
  const result: Reconciled = {
    events: [],
    counters: { rebuilt: 0, woken: 0, skippedTerminal: 0, guards: {} },
  };
  const { counters } = result;
  for (const task of input.tasks) {
    const found = look(task, input);
    if ('guard' in found) {
      counters.guards[found.guard] = (counters.guards[found.guard] ?? 0) + 1;
      if (found.guard === 'terminal') counters.skippedTerminal += 1;
      continue;
    }
    if ('rebuild' in found) counters.rebuilt += 1;
    if ('wake' in found) counters.woken += 1;
    result.events.push(eventFor(task, 'timer' in found ? 'timer' : 'wake', input.now));
  }
  return result;
}

function look(task: TaskState, { sightOf, graceMs, now }: ReconcileInput): Found {
  const { activity } = task;
  if (isTerminal(task.stage) || activity.kind === 'ended') return { guard: 'terminal' };
  const overdue = now - activity.deadline > OVERDUE_MS;
  // A deferred stop waits for the step in progress, which needs its driver as ever (REC-91).
  if (activity.kind === 'stopping') return overdue ? { timer: true } : { guard: 'stopping' };
  const sight = sightOf(task);
  if (sight.pending) return { guard: 'pending' };
  if (sight.driven) return { guard: 'live' };
  if (!isWaiting(activity) || activity.live) {
    return now - task.updatedAt < graceMs(task) ? { guard: 'grace' } : { rebuild: true };
  }
  return lookAtWait(task, activity.kind, { sight, overdue, now });
}

function lookAtWait(
  task: TaskState,
  kind: WaitingKind,
  { sight, overdue, now }: { sight: Sight; overdue: boolean; now: Instant },
): Found {
  if (overdue) return { timer: true };
  if (PARKED.has(kind)) return isHeldBack(task, sight.policy, now) ? { guard: 'held' } : { wake: true };
  if (ownerOf(task.activity) === 'you') return { guard: 'human' };
  return { guard: 'driven' };
}

/** The same state is told once, whatever finds it. */
export function eventFor(task: TaskState, name: 'wake' | 'timer', at: Instant): FactEvent {
  const key = name === 'timer' ? `timer:${task.id}:${task.version}` : `reconcile:${task.id}:${task.version}`;
  return { kind: 'fact', name, data: {}, key, at, target: { task: task.id } };
}
