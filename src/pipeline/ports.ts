import type { Effect } from './effects.ts';
import type { Event, Instant, RejectReason } from './events.ts';
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

/** What the engine needs of a database; every call is synchronous. */
export interface EngineStore {
  load(task: number): TaskState | null;
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
