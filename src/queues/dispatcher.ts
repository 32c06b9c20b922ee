import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** One unsent outbox row. */
export interface Sendable {
  id: number;
  task: number;
  kind: string;
  attempts: number;
}

export interface DispatcherDeps<Row extends Sendable> {
  /** Unsent rows that are due, oldest first. */
  due: (now: number, limit: number) => Row[];
  /** Publishes one row; a throw keeps the row for later. */
  send: (row: Row) => Promise<void>;
  sent: (id: number, at: number) => void;
  failed: (id: number, error: string, retryAt: number) => void;
  /** Called for a row that has failed this often, once (REC-32). */
  stuck: (row: Row, error: string) => void;
  now: () => number;
  log: Logger;
  /** Interval of the safety net besides the nudges, in milliseconds (REC-30). */
  intervalMs: number;
}

export interface Dispatcher {
  /** Something was committed: dispatch as soon as possible. Never throws, never waits. */
  nudge(): void;
  start(): void;
  /** Ends after the row in hand; waits at most `timeoutMs` for it. */
  stop(timeoutMs: number): Promise<void>;
}

const BATCH = 200;
const STUCK_AFTER = 10;
const SLOW_RETRY_MS = 600_000;

const retryDelayMs = (attempts: number): number =>
  attempts >= STUCK_AFTER ? SLOW_RETRY_MS : Math.min(500 * 2 ** attempts, 30_000);

/**
 * Publishes the outbox (REC-30): in sequence per task, one task's failing row never blocks another task's.
 * Redis being away only means that rows stay.
 */
export function createDispatcher<Row extends Sendable>(deps: DispatcherDeps<Row>): Dispatcher {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = true;
  let timer: NodeJS.Timeout | null = null;

  async function sendRow(row: Row, blocked: Set<number>): Promise<void> {
    try {
      await deps.send(row);
      deps.sent(row.id, deps.now());
    } catch (error) {
      blocked.add(row.task);
      const message = describeError(error);
      deps.failed(row.id, message, deps.now() + retryDelayMs(row.attempts));
      deps.log.warn(
        { outboxId: row.id, kind: row.kind, taskId: row.task, err: message },
        'outbox row not sent',
      );
      if (row.attempts + 1 === STUCK_AFTER) deps.stuck(row, message);
    }
  }

  async function round(): Promise<boolean> {
    const rows = deps.due(deps.now(), BATCH);
    const blocked = new Set<number>();
    for (const row of rows) {
      if (stopped) return false;
      if (!blocked.has(row.task)) await sendRow(row, blocked);
    }
    return rows.length > 0 && blocked.size === 0;
  }

  async function drain(): Promise<void> {
    do {
      again = false;
      while (!stopped && (await round())) again = false;
    } while (again && !stopped);
  }

  function nudge(): void {
    if (stopped) return;
    again = true;
    if (running !== null) return;
    running = drain()
      .catch((error: unknown) => deps.log.error({ err: describeError(error) }, 'dispatch failed'))
      .finally(() => {
        running = null;
        if (again) setImmediate(nudge);
      });
  }

  return {
    nudge,
    start() {
      stopped = false;
      timer = setInterval(nudge, deps.intervalMs);
      nudge();
    },
    async stop(timeoutMs) {
      stopped = true;
      if (timer) clearInterval(timer);
      await Promise.race([
        running ?? Promise.resolve(),
        new Promise((done) => setTimeout(done, timeoutMs).unref()),
      ]);
    },
  };
}
