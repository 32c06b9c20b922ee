import type { Effect } from './effects.ts';
import type { Actor, Event, Instant, RejectReason } from './events.ts';
import type { Policy } from './policy.ts';
import type { TaskState } from './task.ts';

/** What `transition` says. */
export type Decision =
  | { ok: true; task: TaskState; effects: readonly Effect[] }
  | { ok: false; reason: RejectReason; message: string };

/** One row of the append-only decision log. */
export interface LogEntry {
  task: number;
  event: Event;
  accepted: boolean;
  from: string;
  to: string;
  reason: RejectReason | null;
  message: string;
  at: Instant;
}

/** One accepted event, ready to be written. `previous.version` 0 inserts the row. */
export interface Change {
  previous: TaskState;
  next: TaskState;
  entry: LogEntry;
  effects: readonly Effect[];
}

/** What a tracker says stands before a task (PLANE-59, PLANE-60). */
export interface Blockers {
  /** Tasks of ours, ended ones included: whether they hold is read when it matters. */
  tasks: readonly number[];
  /** Issues without a task; only `open` ones hold. */
  issues: readonly { id: string; name: string; state: 'open' | 'finished' | 'unchecked' }[];
}

/** What a new task is made of; id, work item id and branch are allocated inside the inserting transaction. */
export interface StartRequest {
  repo: string;
  prefix: string;
  title: string;
  description: string;
  issueId: string | null;
  /** Number of the issue in its tracker; null lets the database count (FORGE-60). */
  seq: number | null;
  createdBy: Actor;
  originChat: string | null;
  priority?: number;
  auto?: { approve: boolean; deploy: boolean };
  /** Known before the start, so that they hold its first stage already (PIPE-25). */
  blockers?: Blockers;
  /** Tasks a person named as having to be done first. */
  dependsOn?: readonly number[];
  /** The tracker was away: the issue is created when it is back (PLANE-12). */
  createIssue?: { key: string; labels: readonly string[] };
}

/** What the engine needs of a database; every call is synchronous. */
export interface EngineStore {
  /** Allocates the natural keys of a new task and stores what blocks it, nothing else yet (FORGE-60 to FORGE-64). */
  allocate(request: StartRequest, at: Instant): TaskState;
  /** The task of a tracker issue that was not cancelled, if there is one (PIPE-22 step 5, PIPE-56). */
  byIssue(issueId: string): TaskState | null;
  /** The task that the `start` with this key created, if there was one. */
  startedBy(key: string): TaskState | null;
  load(task: number): TaskState | null;
  /** Adds to an event what only the database knows: the cycle that a declared dependency would close (REC-103). */
  complete(event: Event): Event;
  /** True when an event with this key was accepted before. */
  accepted(key: string): boolean;
  policyOf(task: TaskState, at: Instant): Policy;
  /**
   * One transaction: compare-and-set on `version`, log row, local effects, one outbox row per outward
   * effect (PIPE-3). False when another writer was first; nothing has changed then.
   */
  commit(change: {
    previous: TaskState;
    next: TaskState;
    entry: LogEntry;
    effects: readonly Effect[];
  }): boolean;
  /** Writes one decision-log row for a refused event (PIPE-4). */
  refuse(entry: LogEntry): void;
  /** Runs `work` in one transaction together with whatever `commit` does inside it (CB-5). */
  transaction<T>(work: () => T): T;
}
