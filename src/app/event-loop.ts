import type { Logger } from '../log.ts';
import type { Cleanup } from './cleanup.ts';

export interface EventLoopWatchOptions {
  log: Logger;
  /** Monotonic milliseconds. Default `performance.now`. */
  clock?: () => number;
}

const EVERY_MS = 1000;
const STALLED_MS = 5000;

/** Tells when nothing else could run in this process for more than 5 s: heartbeats and locks are late then, too (REC-26). */
export function watchEventLoop(
  { log, clock = () => performance.now() }: EventLoopWatchOptions,
  cleanup: Pick<Cleanup, 'add'>,
): void {
  let due = clock() + EVERY_MS;
  const timer = setInterval(() => {
    const lateMs = Math.round(clock() - due);
    if (lateMs > STALLED_MS) log.warn({ lateMs }, 'the event loop stood still');
    due = clock() + EVERY_MS;
  }, EVERY_MS);
  timer.unref();
  cleanup.add('event loop watch', () => clearInterval(timer));
}
