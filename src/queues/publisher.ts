import { type FlowJob, FlowProducer, type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import {
  CATALOG,
  type JobName,
  jobOfStep,
  type Payload,
  QUEUES,
  type QueueName,
  type StepFirst,
  type StepPayload,
  stepJobId,
} from './catalog.ts';

const DAY_S = 86_400;
const FAILED_AGE_S = 30 * DAY_S;
/** Every job has a priority, because BullMQ runs unprioritised ones first (REC-15). */
const PLAIN_PRIORITY = 100;

const FINISHED: ReadonlySet<string> = new Set(['completed', 'failed', 'unknown']);

/** One stage attempt, ready to be published: settle ← last step … ← first step (REC-11). */
export interface StageFlow {
  settle: StepPayload;
  /** In the order they run. */
  steps: { payload: StepPayload & { input: Record<string, unknown> }; extra?: Record<string, unknown> }[];
  /** Priority of the agent run. */
  priority: number;
}

export interface PublishOptions {
  jobId?: string;
  delayMs?: number;
  priority?: number;
  /** Replace a waiting job of the same id by the newest (cards). */
  deduplicate?: string;
}

export interface Publisher {
  readonly queues: Readonly<Record<QueueName, Queue>>;
  /** Publishing the same flow twice is a no-op: ids are deterministic (PIPE-14). */
  publishFlow(flow: StageFlow): Promise<void>;
  /** A job that one of a flow waits for; asking twice is asking once. */
  publishBelow(parent: { id: string; queue: string }, first: StepFirst): Promise<void>;
  publish<N extends JobName>(name: N, payload: Payload<N>, options?: PublishOptions): Promise<void>;
  /** Moves a delayed job of a step to now; false when there is none. */
  promote(
    ref: Pick<StepPayload, 'task' | 'stage' | 'attempt' | 'generation'>,
    step: string,
  ): Promise<boolean>;
  /** State of a job in BullMQ's words; `unknown` where there is none. */
  stateOf(queue: QueueName, jobId: string): Promise<string>;
  /** True while a job of this id is not finished. */
  isLive(queue: QueueName, jobId: string): Promise<boolean>;
  /** True when Redis answers within a moment. Never throws. */
  isUp(): Promise<boolean>;
  close(): Promise<void>;
}

export interface PublisherDeps {
  connection: Redis;
  prefix: string;
  /** Hours for which finished jobs are kept (REC-13). */
  keepDoneH: number;
  log: Logger;
}

/** The only producer of jobs. */
export function createPublisher({ connection, prefix, keepDoneH, log }: PublisherDeps): Publisher {
  const shared = { connection, prefix };
  const names = [...QUEUES];
  const queues = Object.fromEntries(names.map((name) => [name, new Queue(name, shared)])) as Record<
    QueueName,
    Queue
  >;
  const flows = new FlowProducer(shared);
  const onError = (error: Error) => log.debug({ err: error.message }, 'queue connection error');
  for (const queue of Object.values(queues)) queue.on('error', onError);
  flows.on('error', onError);

  const optionsOf = (name: JobName): JobsOptions => ({
    attempts: CATALOG[name].attempts,
    backoff: { type: 'exponential', delay: CATALOG[name].backoffMs },
    priority: PLAIN_PRIORITY,
    removeOnComplete: { age: keepDoneH * 3600 },
    removeOnFail: { age: FAILED_AGE_S },
  });

  const nodeOf = (name: JobName, data: StepPayload, priority: number): FlowJob => ({
    name,
    queueName: CATALOG[name].queue,
    data: CATALOG[name].payload.parse(data),
    opts: {
      ...optionsOf(name),
      jobId: stepJobId(data, data.step),
      priority,
      ignoreDependencyOnFailure: true,
    },
  });

  function treeOf({ settle, steps, priority }: StageFlow): FlowJob {
    let below: FlowJob | undefined;
    for (const { payload, extra } of steps) {
      const name = jobOfStep(payload.step);
      const own = nodeOf(name, { ...payload, ...extra }, name === 'run-agent' ? priority : PLAIN_PRIORITY);
      below = below ? { ...own, children: [below] } : own;
    }
    const root = nodeOf('settle-stage', settle, PLAIN_PRIORITY);
    const { ignoreDependencyOnFailure: _, ...opts } = root.opts ?? {};
    return { ...root, opts, ...(below ? { children: [below] } : {}) };
  }

  return {
    queues,
    async publishFlow(flow) {
      await flows.add(treeOf(flow));
    },
    async publishBelow(parent, { payload }) {
      const { queueName, name, data, opts } = nodeOf(jobOfStep(payload.step), payload, PLAIN_PRIORITY);
      await queues[queueName as QueueName].add(name, data, { ...opts, parent });
    },
    async publish(name, payload, { jobId, delayMs, priority, deduplicate } = {}) {
      await queues[CATALOG[name].queue].add(name, CATALOG[name].payload.parse(payload), {
        ...optionsOf(name),
        ...(jobId === undefined ? {} : { jobId }),
        ...(delayMs === undefined ? {} : { delay: delayMs }),
        ...(priority === undefined ? {} : { priority }),
        ...(deduplicate === undefined ? {} : { deduplication: { id: deduplicate, keepLastIfActive: true } }),
      });
    },
    async promote(ref, step) {
      const found = await queues[CATALOG[jobOfStep(step)].queue].getJob(stepJobId(ref, step));
      if (!found || !(await found.isDelayed())) return false;
      await found.promote();
      return true;
    },
    stateOf: (queue, jobId) => queues[queue].getJobState(jobId),
    isLive: async (queue, jobId) => !FINISHED.has(await queues[queue].getJobState(jobId)),
    isUp: () =>
      connection.ping().then(
        () => true,
        () => false,
      ),
    async close() {
      await Promise.allSettled([flows.close(), ...Object.values(queues).map((queue) => queue.close())]);
    },
  };
}
