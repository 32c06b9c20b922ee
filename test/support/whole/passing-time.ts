import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../../../src/app.ts';

/** Time that passes when the test says so, for a whole running system. */
export interface PassingTime {
  now(): number;
  /** Waits between the repeats inside one call are not what is looked at; they are short. */
  sleep(): Promise<void>;
  /** `ms` go by: the clock is ahead by them, and every delayed job comes due that much earlier. */
  pass(app: App, ms: number): Promise<void>;
}

/** BullMQ keeps the moment a job comes due in the upper bits of its score. */
const SCORES_PER_MS = 0x1000;

export function createPassingTime(): PassingTime {
  let ahead = 0;
  let redis: ReturnType<App['queueing']['connections']['worker']> | undefined;
  return {
    now: () => Date.now() + ahead,
    sleep: () => delay(1),
    async pass({ queueing }, ms) {
      ahead += ms;
      redis ??= queueing.connections.worker();
      for (const queue of Object.values(queueing.publisher.queues)) {
        for (const job of await queue.getDelayed()) {
          // The repeated duties go by the wall; they look at the clock when they run.
          if (job.repeatJobKey !== undefined) continue;
          const score = Number(await redis.zscore(queue.toKey('delayed'), job.id ?? ''));
          const dueInMs = Math.floor(score / SCORES_PER_MS) - Date.now() - ms;
          // One that has just begun by itself is not delayed any more.
          await (dueInMs <= 0 ? job.promote() : job.changeDelay(dueInMs)).catch(() => undefined);
        }
      }
    },
  };
}
