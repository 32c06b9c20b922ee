import { setTimeout as delay } from 'node:timers/promises';
import { QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { type QueueName, StepOutcome, StepOutcomes } from './catalog.ts';

const LAST_WORD_MS = 1000;

/** Where a step stood in its job id: `t42.testing.1.gate.tests_passed.g2`. */
export interface StepRef {
  task: number;
  stage: string;
  attempt: number;
  step: string;
  generation: number;
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
  /** The step's own result, as soon as its job has ended (REC-42). */
  ended(ref: StepRef, result: StepOutcome): void;
  /** The worker that had the step in hand is gone; its job waits for another one (REC-23). */
  lost?(ref: StepRef): void;
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
      safely(() => {
        const value: unknown = typeof returnvalue === 'string' ? JSON.parse(returnvalue) : returnvalue;
        const own = StepOutcomes.catch([])
          .parse(value)
          .find(({ step }) => step === ref.step);
        if (own) listener.ended(ref, StepOutcome.parse(own));
      });
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
