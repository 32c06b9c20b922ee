import type { Instant } from '../../pipeline/events.ts';

/** Which requests to draw a card a waiting job will fulfil, so that they need no job of their own (PUB-1). */
export interface CardRequests {
  /**
   * Takes the request of an outbox row. False when a job that has not begun yet will draw the newest state anyway. A row
   * that comes again is never covered, and nothing for longer than a minute: Redis may have lost that job.
   */
  needsJob(task: number, row: number, at: Instant): boolean;
  /** The job of a task's card has begun, or could not be published: what is asked from now on needs another one. */
  began(task: number): void;
}

const LONGEST_MS = 60_000;

export function createCardRequests(): CardRequests {
  /** Newest row that a waiting job covers, and since when it waits, by task. */
  const waiting = new Map<number, { newest: number; since: Instant }>();
  return {
    needsJob(task, row, at) {
      const found = waiting.get(task);
      const isCovered = found !== undefined && row > found.newest && at - found.since < LONGEST_MS;
      const newest = Math.max(row, found?.newest ?? row);
      waiting.set(task, { newest, since: isCovered ? found.since : at });
      return !isCovered;
    },
    began: (task) => void waiting.delete(task),
  };
}
