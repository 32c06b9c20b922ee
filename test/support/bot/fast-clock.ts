import { realTimers, type Timers } from '../../../src/bot/env.ts';

/** A clock on which everything lasts a `factor`-th: minutes of the chat in a running system pass in seconds. */
export function createFastClock(factor: number): Timers {
  const real = realTimers();
  const began = { wall: Date.now(), at: performance.now() };
  return {
    now: () => Math.round(began.wall + (performance.now() - began.at) * factor),
    sleep: (ms, signal) => real.sleep(ms / factor, signal),
  };
}
