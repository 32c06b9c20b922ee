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
  sent: (ids: readonly number[], at: number) => void;
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

function byTask<Row extends Sendable>(rows: readonly Row[]): Row[][] {
  const groups = new Map<number, Row[]>();
  for (const row of rows) groups.set(row.task, [...(groups.get(row.task) ?? []), row]);
  return [...groups.values()];
}

/**
 * Publishes the outbox (REC-30): in sequence per task, one task's failing row never blocks another task's.
 * Redis being away only means that rows stay.
 */
export function createDispatcher<Row extends Sendable>(deps: DispatcherDeps<Row>): Dispatcher {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = true;
  let timer: NodeJS.Timeout | null = null;

  /** The rows of one task in sequence, up to the first that fails; what was sent. */
  async function sendTask(rows: readonly Row[]): Promise<number[]> {
    const sent: number[] = [];
    for (const row of rows) {
      if (stopped) break;
      try {
        await deps.send(row);
        sent.push(row.id);
      } catch (error) {
        failed(row, error);
        break;
      }
    }
    return sent;
  }

  function failed(row: Row, error: unknown): void {
    const message = describeError(error);
    deps.failed(row.id, message, deps.now() + retryDelayMs(row.attempts));
    deps.log.warn(
      { outboxId: row.id, kind: row.kind, taskId: row.task, err: message },
      'outbox row not sent',
    );
    if (row.attempts + 1 === STUCK_AFTER) deps.stuck(row, message);
  }

  /** Tasks side by side; sending a row again after a crash changes nothing, so all are marked together. */
  async function round(): Promise<boolean> {
    const rows = deps.due(deps.now(), BATCH);
    const sent = (await Promise.all(byTask(rows).map(sendTask))).flat();
    if (sent.length > 0) deps.sent(sent, deps.now());
    return rows.length > 0 && sent.length === rows.length;
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
    // After the caller's own transaction, which may still be open.
    running = Promise.resolve()
      .then(drain)
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
