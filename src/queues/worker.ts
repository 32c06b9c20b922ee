import { setTimeout as delay } from 'node:timers/promises';
import { DelayedError, type Job, UnrecoverableError, WaitingChildrenError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError, describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { CancelListener } from './cancel.ts';
import {
  CATALOG,
  ForOthers,
  isJobName,
  isStepPayload,
  type JobContext,
  type JobName,
  LookAgain,
  PAYLOAD_VERSION,
  type Processors,
  type QueueName,
  StepFirst,
  StepOutcome,
  StepOutcomes,
} from './catalog.ts';
import { createPausing } from './pausing.ts';
import type { Slots } from './slots.ts';

export interface WorkerOptions {
  queue: QueueName;
  concurrency: number;
  /** A limit this queue shares with others; a job that gets no slot here is left to another host. */
  slots?: Slots;
}

export interface WorkersDeps {
  connect: () => Redis;
  prefix: string;
  processors: Processors;
  cancel: CancelListener;
  lockMs: number;
  log: Logger;
  /** Told of each payload that only a newer program reads. */
  newerPayload?: (version: number) => void;
  /** Publishes a job below one that waits for it; a process that lacks it has no such jobs. */
  publishBelow?: (parent: { id: string; queue: string }, first: StepFirst) => Promise<void>;
}

export interface Workers {
  /** Stops claiming; jobs in hand go on (REC-150). */
  pause(): Promise<void>;
  resume(): void;
  /** Aborts what is in hand with this reason and closes; once nothing is in hand it waits 2 s for Redis at most (REC-151). */
  close(reason: string): Promise<void>;
  active(): number;
}

const STALLED_CHECK_MS = 4000;
/** BullMQ never fails a job for stalling; REC-52 decides how often a run may be lost (REC-23). */
const MAX_STALLED = 100;
/** For Redis to take the last results; without it they are found again by the reconciler. */
const LAST_WORD_MS = 2000;
const IDLE_POLL_MS = 20;
/** For a slot to get free, before another host may have the job. */
const SLOT_WAIT_MS = 1000;
const NO_SLOT_MS = 250;

/** A program that reads this payload may come meanwhile (REC-172). */
const NEWER_MS = 60_000;

/** Written by a newer program than this one; it is put back, never failed (REC-172). */
const isNewer = (data: { v?: unknown } | undefined): boolean =>
  typeof data?.v === 'number' && data.v > PAYLOAD_VERSION;

/** What a job's work may do about the worker that has it. */
interface Place {
  options: WorkerOptions;
  stepAside: () => void;
}

/** Starts one worker per queue; the one place where faults become BullMQ failures. */
export function createWorkers(deps: WorkersDeps, queues: readonly WorkerOptions[]): Workers {
  const { log, cancel } = deps;
  const inHand = new Set<AbortController>();

  async function contextOf(job: Job, payload: unknown, controller: AbortController): Promise<JobContext> {
    return {
      jobId: job.id ?? '',
      attempt: job.attemptsMade + 1,
      looks: Math.max(0, job.attemptsStarted - job.attemptsMade - 1),
      losses: job.stalledCounter,
      createdAt: job.timestamp,
      signal: controller.signal,
      before: isStepPayload(payload) ? await resultsBelow(job) : [],
      reported: typeof job.progress === 'object' ? (job.progress as Record<string, unknown>) : null,
      progress: (value) => job.updateProgress(value),
    };
  }

  /** A cancel order stops the work in hand; work not begun yet ends before it starts. */
  async function guard(payload: unknown, controller: AbortController): Promise<() => void> {
    if (!isStepPayload(payload)) return () => undefined;
    const { task, fence } = payload;
    const unwatch = cancel.watch(task, fence, (order) => controller.abort(order.reason));
    const order = await cancel.covers(task, fence);
    if (order) controller.abort(order.reason);
    return unwatch;
  }

  async function run(job: Job, name: JobName, controller: AbortController): Promise<unknown> {
    const spec = CATALOG[name];
    if (isNewer(job.data)) throw new LookAgain(NEWER_MS);
    const payload = spec.payload.safeParse(job.data);
    if (!payload.success)
      throw new UnrecoverableError(`payload of ${name} is not valid: ${payload.error.message}`);
    const unwatch = await guard(payload.data, controller);
    const timer =
      spec.deadlineMs === null ? null : setTimeout(() => controller.abort('deadline'), spec.deadlineMs);
    try {
      const context = await contextOf(job, payload.data, controller);
      const process = deps.processors[name] as (payload: unknown, context: JobContext) => Promise<unknown>;
      return spec.result.parse(await process(payload.data, context));
    } finally {
      if (timer) clearTimeout(timer);
      unwatch();
    }
  }

  async function runInSlot(
    job: Job,
    { slots }: Pick<WorkerOptions, 'slots'>,
    controller: AbortController,
  ): Promise<unknown> {
    if (!isJobName(job.name)) throw new UnrecoverableError(`unknown job ${job.name}`);
    if (slots === undefined) return run(job, job.name, controller);
    const giveBack = await slots.take(SLOT_WAIT_MS);
    if (giveBack === null) throw new LookAgain(NO_SLOT_MS);
    return run(job, job.name, controller).finally(giveBack);
  }

  /** Where the other has ended already, the job looks again at once. */
  async function waitFor(job: Job, first: StepFirst, token: string | undefined): Promise<void> {
    if (deps.publishBelow === undefined) throw new Error(`${first.payload.step} cannot be published here`);
    await deps.publishBelow({ id: job.id ?? '', queue: job.queueQualifiedName }, first);
    if (await job.moveToWaitingChildren(token ?? '')) return;
    await job.moveToDelayed(Date.now(), token);
    throw new DelayedError();
  }

  async function work(job: Job, { options, stepAside }: Place, token?: string): Promise<unknown> {
    const controller = new AbortController();
    inHand.add(controller);
    try {
      return await runInSlot(job, options, controller);
    } catch (error) {
      if (error instanceof StepFirst) {
        await waitFor(job, error, token);
        throw new WaitingChildrenError();
      }
      if (error instanceof LookAgain) {
        if (error instanceof ForOthers) stepAside();
        if (isNewer(job.data)) deps.newerPayload?.(job.data.v);
        await job.moveToDelayed(Date.now() + error.delayMs, token);
        throw new DelayedError();
      }
      log.warn({ jobId: job.id, err: describeError(error), attempt: job.attemptsMade + 1 }, 'job faulted');
      if (error instanceof AppError && error.fault === 'user')
        throw new UnrecoverableError(describeError(error));
      throw error;
    } finally {
      inHand.delete(controller);
    }
  }

  const pausing = createPausing(() => workers);
  const workers: Worker[] = queues.map((options) => {
    const { queue, concurrency } = options;
    const place: Place = { options, stepAside: () => pausing.stepAside(worker) };
    const worker: Worker = new Worker(queue, (job, token) => work(job, place, token), {
      connection: deps.connect(),
      prefix: deps.prefix,
      concurrency,
      lockDuration: deps.lockMs,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MAX_STALLED,
    });
    worker.on('error', (error) => log.debug({ queue, err: error.message }, 'worker connection error'));
    return worker;
  });

  return {
    pause: pausing.pause,
    resume: pausing.resume,
    async close(reason) {
      pausing.close();
      for (const controller of inHand) controller.abort(reason);
      const closed = Promise.allSettled(workers.map((worker) => worker.close()));
      const idle = async () => {
        while (inHand.size > 0) await delay(IDLE_POLL_MS);
        await delay(LAST_WORD_MS);
      };
      await Promise.race([closed, idle()]);
    },
    active: () => inHand.size,
  };
}

/** Notices within seconds that a worker of another process is gone, and puts its jobs back (REC-23). */
export interface StallWatch {
  close(): Promise<void>;
}

/** For a process that claims nothing from this queue itself. */
export function watchForStalls(
  { connect, prefix, lockMs, log }: Pick<WorkersDeps, 'connect' | 'prefix' | 'lockMs' | 'log'>,
  queue: QueueName,
): StallWatch {
  const watcher = new Worker(queue, null, {
    connection: connect(),
    prefix,
    autorun: false,
    lockDuration: lockMs,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLED,
  });
  watcher.on('error', (error) => log.debug({ queue, err: error.message }, 'worker connection error'));
  const started = watcher.waitUntilReady().then(() => watcher.startStalledCheckTimer());
  started.catch((error: unknown) =>
    log.debug({ queue, err: describeError(error) }, 'stalls are not watched'),
  );
  return {
    async close() {
      await Promise.race([watcher.close(true), delay(LAST_WORD_MS, undefined, { ref: false })]);
    },
  };
}

/** Results handed up by the children of a step; a child that failed for good counts as `faulted` (REC-11). */
async function resultsBelow(job: Job): Promise<StepOutcome[]> {
  const values = Object.values(await job.getChildrenValues());
  const results = values.flatMap((value) => StepOutcomes.catch([]).parse(value));
  // It begins with one child at most, which has ended one way or the other; later it may have asked for more.
  if (results.length > 0 && job.attemptsStarted === 1) return results;
  const failures = await job.getIgnoredChildrenFailures();
  const faults = Object.entries(failures).map(([key, reason]) =>
    StepOutcome.parse({ step: stepOfKey(key), outcome: 'faulted', reason: String(reason), evidence: {} }),
  );
  return [...results, ...faults];
}

/** `orch:gates:t42.testing.1.gate.tests_passed.g2` → `gate.tests_passed`. */
function stepOfKey(key: string): string {
  const id = key.slice(key.lastIndexOf(':') + 1);
  return id
    .split('.')
    .slice(3)
    .join('.')
    .replace(/\.g\d+$/, '');
}
