import { type Costs, countRedisCommands, meter } from '../../system/counters.ts';
import { instantSteps } from '../../system/stand-ins.ts';
import { startSystem } from '../../system/system.ts';
import { createTasks, untilAll } from '../tasks.ts';

export interface PipelineOptions {
  /** Tasks that are measured, and tasks before them that warm the compiler up. */
  tasks: number;
  warmUp: number;
  /** Jobs at the same time, per queue. */
  concurrency: number;
}

export interface PipelineRound extends Costs {
  tasks: number;
  seconds: number;
}

/** So many jobs at the same time per queue, and nothing that waits on purpose. */
export const settingsFor = (concurrency: number): Readonly<Record<string, string>> => ({
  ORCH_MAX_CONCURRENCY: String(concurrency),
  ORCH_WORKER_CAPACITY: String(concurrency),
  ORCH_GATE_CONCURRENCY: String(concurrency),
  ORCH_AGENT_STARTS_PER_MIN: '1000000',
  ORCH_POST_DEPLOY_ENABLED: 'false',
});

/** Tasks from nothing to `done` through every stage of the whole system, with steps that take no time. */
export async function pipelineRound({ tasks, warmUp, concurrency }: PipelineOptions): Promise<PipelineRound> {
  countRedisCommands();
  const { app, stop } = await startSystem({
    standIns: instantSteps,
    settings: settingsFor(concurrency),
  });
  try {
    const carry = async (count: number, name: string) =>
      untilAll(app, await createTasks(app, { count, name, lifted: true }), ({ stage }) => stage === 'done');
    await carry(warmUp, 'warm');
    const costs = meter(app);
    const startedAt = performance.now();
    await carry(tasks, 'task');
    return { tasks, seconds: (performance.now() - startedAt) / 1000, ...costs() };
  } finally {
    await stop();
  }
}
