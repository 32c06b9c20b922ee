import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';

export interface ClockWatchDeps {
  /** The wall clock, which people and machines may set. */
  wall: () => number;
  /** A clock nobody can set, in milliseconds. */
  steady: () => number;
  /** The wall clock was set back: what was planned by it is planned anew. */
  setBack: () => Promise<void>;
  log: Logger;
}

/** Notices that the clock was set; a look is cheap and never rejects. */
export interface ClockWatch {
  look(): Promise<void>;
  start(): void;
  stop(): void;
}

const EVERY_MS = 1000;
/** Corrections below this are the daily work of a time service. */
const JUMP_MS = 3000;

/**
 * Queues plan by the wall clock: when it is set back, delayed jobs and schedules would stand still for as long as it
 * was ahead. A clock that is set forward only makes them due.
 */
export function createClockWatch({ wall, steady, setBack, log }: ClockWatchDeps): ClockWatch {
  let offset = wall() - steady();
  let owed = false;
  let timer: NodeJS.Timeout | null = null;
  async function look(): Promise<void> {
    const found = wall() - steady();
    const byMs = Math.round(found - offset);
    if (Math.abs(byMs) >= JUMP_MS) {
      log.warn({ byMs }, 'the clock was set');
      offset = found;
      owed ||= byMs < 0;
    }
    if (!owed) return;
    try {
      await setBack();
      owed = false;
    } catch (error) {
      // Redis is away: tried again at the next look.
      log.debug({ err: describeError(error) }, 'schedules could not be renewed');
    }
  }
  return {
    look,
    start() {
      timer = setInterval(() => void look(), EVERY_MS);
      timer.unref();
    },
    stop() {
      if (timer) clearInterval(timer);
    },
  };
}
