import { setTimeout as delay } from 'node:timers/promises';
import { QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { type QueueName, type StepOutcome, StepOutcomes } from './catalog.ts';

const LAST_WORD_MS = 1000;

/** Where a step stood in its job id: `t42.testing.1.gate.tests_passed.g2`. */
export interface StepRef {
  task: number;
  stage: string;
  attempt: number;
  step: string;
  generation: number;
  /** Where the job itself is known. */
  fence?: number;
}

const ID = /^t(\d+)\.([a-z-]+)\.(\d+)\.(.+?)(?:\.g(\d+))?$/;

/** Reads a step's job id (PIPE-14); null for jobs that are no steps. */
export function parseStepJobId(jobId: string): StepRef | null {
  const found = ID.exec(jobId);
  if (!found) return null;
  const [, task, stage, attempt, step, generation] = found;
  return {
    task: Number(task),
    stage: String(stage),
    attempt: Number(attempt),
    step: String(step),
    generation: Number(generation ?? 1),
  };
}

export interface ResultListener {
  started(ref: StepRef): void;
  progressed(ref: StepRef, data: unknown): void;
  /** A step's job has ended; `result` reads the step's own one, where nobody told it before (REC-42). */
  ended(ref: StepRef, result: () => StepOutcome | null): void;
  /** The worker that had the step in hand is gone; its job waits for another one (REC-23). */
  lost?(ref: StepRef): void;
}

/** The step's own among all that were handed up. */
function ownResult({ step }: StepRef, returned: unknown): StepOutcome | null {
  const results = StepOutcomes.safeParse(typeof returned === 'string' ? JSON.parse(returned) : returned);
  return results.data?.find((result) => result.step === step) ?? null;
}

/**
 * Tells the control process how steps go while their stage is not settled yet. Best effort: what is missed
 * here arrives again with the settle job.
 */
export function listenToSteps(
  deps: { connect: () => Redis; prefix: string; log: Logger },
  queues: readonly QueueName[],
  listener: ResultListener,
): { close(): Promise<void> } {
  const safely = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      deps.log.warn({ err: String(error) }, 'step event not handled');
    }
  };
  const streams = queues.map((queue) => {
    const events = new QueueEvents(queue, { connection: deps.connect(), prefix: deps.prefix });
    events.on('error', (error) => deps.log.debug({ queue, err: error.message }, 'event stream error'));
    events.on('active', ({ jobId }) => {
      const ref = parseStepJobId(jobId);
      if (ref) safely(() => listener.started(ref));
    });
    events.on('stalled', ({ jobId }) => {
      const ref = parseStepJobId(jobId);
      if (ref) safely(() => listener.lost?.(ref));
    });
    events.on('progress', ({ jobId, data }) => {
      const ref = parseStepJobId(jobId);
      if (ref) safely(() => listener.progressed(ref, data));
    });
    events.on('completed', ({ jobId, returnvalue }) => {
      const ref = parseStepJobId(jobId);
      if (!ref) return;
      safely(() => listener.ended(ref, () => ownResult(ref, returnvalue)));
    });
    return events;
  });
  return {
    async close() {
      const closed = Promise.allSettled(streams.map((stream) => stream.close()));
      // A Redis that is away must not hold up the end (REC-151).
      await Promise.race([closed, delay(LAST_WORD_MS, undefined, { ref: false })]);
    },
  };
}
