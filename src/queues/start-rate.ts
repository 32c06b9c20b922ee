import type { Redis } from 'ioredis';

const MINUTE_MS = 60_000;

/** How long an agent must wait before it may start, in milliseconds; 0 takes a place of this minute (REC-16). */
export type StartRate = () => Promise<number>;

/** Counts starts of all hosts by the minute. Only real starts count: a job that looks again later does not. */
export function createStartRate(
  redis: Redis,
  { prefix, perMinute, now }: { prefix: string; perMinute: number; now: () => number },
): StartRate {
  return async () => {
    const at = now();
    const minute = Math.floor(at / MINUTE_MS);
    const key = `${prefix}:agent-starts:${minute}`;
    const n = await redis.incr(key);
    if (n === 1) await redis.expire(key, 120);
    return n <= perMinute ? 0 : (minute + 1) * MINUTE_MS - at;
  };
}
