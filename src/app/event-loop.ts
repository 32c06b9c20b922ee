import type { Logger } from '../log.ts';
import type { Cleanup } from './cleanup.ts';

export interface EventLoopWatchOptions {
  log: Logger;
  /** Between two looks, ms. Default 1000. */
  everyMs?: number;
  /** A look that comes later than this is told, ms. Default 5000 (REC-26). */
  stalledMs?: number;
}

const S = 1000;

/** Tells when nothing else could run in this process for a while: heartbeats and locks are late then, too (REC-26). */
export function watchEventLoop(
  { log, everyMs = S, stalledMs = 5 * S }: EventLoopWatchOptions,
  cleanup: Pick<Cleanup, 'add'>,
): void {
  let due = performance.now() + everyMs;
  const timer = setInterval(() => {
    const lateMs = Math.round(performance.now() - due);
    if (lateMs > stalledMs) log.warn({ lateMs }, 'the event loop stood still');
    due = performance.now() + everyMs;
  }, everyMs);
  timer.unref();
  cleanup.add('event loop watch', () => clearInterval(timer));
}
