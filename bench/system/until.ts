import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is true; throws with `what` after `deadlineMs`. */
export async function until(
  what: () => string,
  holds: () => boolean | Promise<boolean>,
  { deadlineMs = 120_000, everyMs = 10 } = {},
): Promise<void> {
  const giveUpAt = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${deadlineMs / 1000} s: ${what()}`);
    await delay(everyMs);
  }
}
