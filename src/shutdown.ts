import { describeError } from './errors.ts';
import type { Logger } from './log.ts';

export interface Shutdown {
  /**
   * Adds a step; steps run in the order they were added, one after the other. A step that throws or takes longer
   * than `timeoutMs` (default: what is left of the grace) is logged and passed over.
   */
  onStop(name: string, stop: () => void | Promise<void>, options?: { timeoutMs?: number }): void;
  /** Runs the steps once; every further call gets the same promise. Never rejects. */
  run(reason: string): Promise<void>;
  /** True from the first `run`. */
  readonly stopping: boolean;
  /**
   * Hooks SIGTERM and SIGINT: the first runs the steps and then exits with 0, the second exits at once with
   * 128 + its number (REC-150). Returns how to unhook.
   */
  listen(process: SignalSource): () => void;
}

/** What we need of `process`. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  off(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(code: number): unknown;
}

export interface ShutdownOptions {
  log: Logger;
  /** For all steps together, in milliseconds. */
  graceMs: number;
  /** Monotonic milliseconds. Default `performance.now`. */
  clock?: () => number;
}

interface Step {
  name: string;
  stop: () => void | Promise<void>;
  timeoutMs: number;
}

const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;
/** Ctrl-C below npm arrives twice, from the terminal and from npm: that is one wish, not two. */
const SAME_WISH_MS = 300;

/** The ordered end of a process (REC-150, REC-151). Correctness depends on none of the steps. */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const { log, graceMs } = options;
  const clock = options.clock ?? (() => performance.now());
  const steps: Step[] = [];
  let running: Promise<void> | undefined;

  const runSteps = async (reason: string): Promise<void> => {
    const deadline = clock() + graceMs;
    log.info({ reason }, 'stopping');
    for (const step of steps) {
      // A step after the grace still gets a moment: closing a database takes less.
      await runStep(step, Math.min(step.timeoutMs, Math.max(deadline - clock(), 100)), log);
    }
    log.info({ reason }, 'stopped');
  };
  const run = (reason: string) => {
    running ??= runSteps(reason);
    return running;
  };
  return {
    onStop: (name, stop, { timeoutMs = graceMs } = {}) => void steps.push({ name, stop, timeoutMs }),
    run,
    get stopping() {
      return running !== undefined;
    },
    listen: (process) => listenTo(process, { run, clock }),
  };
}

async function runStep(step: Step, timeoutMs: number, log: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<'timed-out'>((resolve) => {
    timer = setTimeout(() => resolve('timed-out'), timeoutMs);
  });
  try {
    const outcome = await Promise.race([Promise.resolve().then(step.stop), timedOut]);
    if (outcome === 'timed-out') log.warn({ step: step.name, timeoutMs }, 'a step of the shutdown timed out');
  } catch (error) {
    log.warn({ step: step.name, reason: describeError(error) }, 'a step of the shutdown failed');
  } finally {
    clearTimeout(timer);
  }
}

function listenTo(
  process: SignalSource,
  deps: { run: (reason: string) => Promise<void>; clock: () => number },
): () => void {
  let firstAt: number | undefined;
  const onSignal = (name: keyof typeof SIGNALS) => () => {
    if (firstAt === undefined) {
      firstAt = deps.clock();
      void deps.run(name).then(() => process.exit(0));
    } else if (deps.clock() - firstAt > SAME_WISH_MS) process.exit(128 + SIGNALS[name]);
  };
  const listeners = { SIGTERM: onSignal('SIGTERM'), SIGINT: onSignal('SIGINT') };
  process.on('SIGTERM', listeners.SIGTERM);
  process.on('SIGINT', listeners.SIGINT);
  return () => {
    process.off('SIGTERM', listeners.SIGTERM);
    process.off('SIGINT', listeners.SIGINT);
  };
}
