import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** Words for the failure: what should have become true. Read when it has failed, so that it may tell what is. */
  what: string;
  /** Default 60 s. */
  deadlineMs?: number;
  everyMs?: number;
}

/** Asks again and again until the answer is neither null nor false; throws once the deadline has passed. */
export async function until<T>(ask: () => T | Promise<T>, options: UntilOptions): Promise<NonNullable<T>> {
  const { deadlineMs = 60_000, everyMs = 25 } = options;
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > giveUpAt) throw new Error(`not within ${deadlineMs / 1000} s: ${options.what}`);
    await delay(everyMs);
  }
}
