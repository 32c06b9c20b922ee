import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ConnectionOptions, type FlowJob, FlowProducer, type Job, Worker } from 'bullmq';
import { silentLogger } from '../../src/log.ts';
import { CATALOG, jobOfStep } from '../../src/queues/catalog.ts';
import { createEmbeddedRedis } from '../../src/queues/embedded-redis.ts';
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
  const dataDir = await mkdtemp(path.join(tmpdir(), 'orch-floor-'));
  const server = await createEmbeddedRedis({
    dataDir,
    serverBin: await redisBinary(),
    log: silentLogger(),
    now: Date.now,
  });
  const connection = { path: server.socketPath, maxRetriesPerRequest: null };
  const floor = startFloor(connection, concurrency);
  try {
    await floor.carry('w', warmUp);
    const costs = meter();
    const startedAt = performance.now();
    await floor.carry('t', tasks);
    return { tasks, seconds: (performance.now() - startedAt) / 1000, ...costs() };
  } finally {
    await floor.close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function startFloor(connection: ConnectionOptions, concurrency: number) {
  const prefix = 'floor';
  const flows = new FlowProducer({ connection, prefix });
  let done = 0;
  const settle = async ({ data }: Job<{ task: string; stage: number }>): Promise<void> => {
    if (data.stage + 1 < STAGES.length) await flows.add(stageFlow(data.task, data.stage + 1));
    else done += 1;
  };
  const workers = WORKERS.map((queue) => {
    const limit = LIMITED.has(queue) ? concurrency : 4;
    return new Worker(queue, queue === 'stages' ? settle : async () => [], {
      connection,
      prefix,
      concurrency: limit,
    });
  });
  return {
    async carry(name: string, count: number): Promise<void> {
      const target = done + count;
      for (let n = 1; n <= count; n += 1) await flows.add(stageFlow(`${name}${n}`, 0));
      await until(
        () => `${done} of ${target}`,
        () => done === target,
      );
    },
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
