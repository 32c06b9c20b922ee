import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Shutdown } from '../shutdown.ts';

/** Undoes what a start did, newest first: at a failed start at once, else as the ordered shutdown. */
export interface Cleanup {
  add(name: string, undo: () => void | Promise<void>): void;
  /** Hands the steps to the shutdown, newest first. */
  handTo(shutdown: Shutdown): void;
  /** The start has failed: nothing is left running. Never throws. */
  undo(): Promise<void>;
}

export function createCleanup(log: Logger): Cleanup {
  const steps: { name: string; undo: () => void | Promise<void> }[] = [];
  return {
    add: (name, undo) => void steps.unshift({ name, undo }),
    handTo(shutdown) {
      for (const { name, undo } of steps) shutdown.onStop(name, undo);
    },
    async undo() {
      for (const { name, undo } of steps) {
        await Promise.resolve()
          .then(undo)
          .catch((error: unknown) =>
            log.debug({ step: name, err: describeError(error) }, 'clean-up step failed'),
          );
      }
    },
  };
}
