import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ConnectionOptions, type FlowJob, FlowProducer, type Job, Worker } from 'bullmq';
import { silentLogger } from '../../src/log.ts';
import { CATALOG, jobOfStep } from '../../src/queues/catalog.ts';
import { createEmbeddedRedis } from '../../src/queues/embedded-redis.ts';
import type { NineOptions } from '../parts/pipeline/nine.ts';
import type { PipelineOptions, PipelineRound } from '../parts/pipeline/round.ts';
import { countRedisCommands, meter } from '../system/counters.ts';
import { redisBinary } from '../system/redis.ts';
import { until } from '../system/until.ts';

/** The steps of every stage, bottom of the flow first; the parent `settle-stage` comes on top. */
export const STAGES: readonly (readonly string[])[] = [
  ['prepare', 'agent', 'gate.analysis_complete'],
  ['agent', 'gate.architecture_done'],
  ['agent', 'ensure-pr', 'gate.ci_green'],
  ['agent', 'gate.reviewer_verdict'],
  ['agent', 'gate.tests_passed'],
  ['staging', 'gate.staging_status', 'gate.security_gate', 'gate.branch_mergeable', 'gate.image_freshness'],
  ['merge', 'deploy', 'finalize-deploy', 'gate.deploy_status'],
];

/** Those of the steps that the peers carry as well: from the yes to the analysis to the end of the tests. */
export const NINE_STAGES = { from: 1, to: 5 };

const WORKERS = ['stages', 'agents', 'gates', 'checks', 'delivery'] as const;
/** Queues whose concurrency the settings state. */
const LIMITED: ReadonlySet<string> = new Set(['agents', 'gates', 'checks']);
const OPTIONS = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1000 },
  priority: 100,
  removeOnComplete: { age: 24 * 3600 },
  removeOnFail: { age: 30 * 24 * 3600 },
};

/**
 * The floor under the pipeline: BullMQ alone doing the same flows on the same Redis with empty processors. Its
 * tasks have no state, no log, no chat and no tracker.
 */
export async function floorFlows({ tasks, warmUp, concurrency }: PipelineOptions): Promise<PipelineRound> {
  countRedisCommands();
  return withFloor({ concurrency, from: 0, to: STAGES.length }, async (carry) => {
    await carry('w', warmUp);
    const costs = meter();
    const startedAt = performance.now();
    await carry('t', tasks);
    return { tasks, seconds: (performance.now() - startedAt) / 1000, ...costs() };
  });
}

/** The floor under the nine durable steps; what BullMQ alone does of them is the most that a system on it can do. */
export async function floorNine({ tasks, warmUp, width }: NineOptions): Promise<{ perSecond: number }> {
  return withFloor({ concurrency: width, ...NINE_STAGES }, async (carry) => {
    await carry('w', warmUp, width);
    const startedAt = performance.now();
    await carry('t', tasks, width);
    return { perSecond: tasks / ((performance.now() - startedAt) / 1000) };
  });
}

interface FloorOptions {
  concurrency: number;
  /** Stages from … to before, by their place in `STAGES`. */
  from: number;
  to: number;
}

/** `width`: tasks under way at the same time; all at once without it. */
type Carry = (name: string, count: number, width?: number) => Promise<void>;

async function withFloor<T>(options: FloorOptions, work: (carry: Carry) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'orch-floor-'));
  const server = await createEmbeddedRedis({
    dataDir,
    serverBin: await redisBinary(),
    log: silentLogger(),
    now: Date.now,
  });
  const connection = { path: server.socketPath, maxRetriesPerRequest: null };
  const floor = startFloor(connection, options);
  try {
    return await work(floor.carry);
  } finally {
    await floor.close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function startFloor(connection: ConnectionOptions, { concurrency, from, to }: FloorOptions) {
  const prefix = 'floor';
  const flows = new FlowProducer({ connection, prefix });
  const left: string[] = [];
  let done = 0;
  const begin = async (): Promise<void> => {
    const task = left.shift();
    if (task !== undefined) await flows.add(stageFlow(task, from));
  };
  const settle = async ({ data }: Job<{ task: string; stage: number }>): Promise<void> => {
    if (data.stage + 1 < to) return void (await flows.add(stageFlow(data.task, data.stage + 1)));
    done += 1;
    await begin();
  };
  const workers = WORKERS.map((queue) => {
    const limit = LIMITED.has(queue) ? concurrency : 4;
    return new Worker(queue, queue === 'stages' ? settle : async () => [], {
      connection,
      prefix,
      concurrency: limit,
    });
  });
  const carry: Carry = async (name, count, width = count) => {
    const target = done + count;
    for (let n = 1; n <= count; n += 1) left.push(`${name}${n}`);
    for (let n = 1; n <= width; n += 1) await begin();
    await until(
      () => `${done} of ${target}`,
      () => done === target,
      { everyMs: 2 },
    );
  };
  return {
    carry,
    async close(): Promise<void> {
      await Promise.all([...workers.map((worker) => worker.close()), flows.close()]);
    },
  };
}

/** One stage attempt as the product publishes it, with an empty payload. */
function stageFlow(task: string, stage: number): FlowJob {
  let below: FlowJob | undefined;
  for (const step of STAGES[stage] ?? []) {
    const name = jobOfStep(step);
    below = {
      name,
      queueName: CATALOG[name].queue,
      data: { task, stage },
      opts: { ...OPTIONS, jobId: `${task}.${stage}.${step}`, ignoreDependencyOnFailure: true },
      ...(below ? { children: [below] } : {}),
    };
  }
  const top = { name: 'settle-stage', queueName: 'stages', data: { task, stage } };
  return {
    ...top,
    opts: { ...OPTIONS, jobId: `${task}.${stage}.settle` },
    ...(below ? { children: [below] } : {}),
  };
}
