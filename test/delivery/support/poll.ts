import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is neither null, undefined nor false; fails after the deadline. */
export async function poll<T>(ask: () => Promise<T> | T, deadlineMs = 25_000): Promise<NonNullable<T>> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > giveUpAt) throw new Error(`nothing within ${deadlineMs} ms`);
    await delay(20);
  }
}
