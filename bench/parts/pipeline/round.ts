import { createTask } from '../../../src/app/intake.ts';
import type { App } from '../../../src/app.ts';
import { type Costs, countRedisCommands, meter } from '../../system/counters.ts';
import { INSTANT_STEPS } from '../../system/stand-ins.ts';
import { startSystem } from '../../system/system.ts';
import { until } from '../../system/until.ts';

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

/** Tasks from nothing to `done` through every stage of the whole system, with steps that take no time. */
export async function pipelineRound({ tasks, warmUp, concurrency }: PipelineOptions): Promise<PipelineRound> {
  countRedisCommands();
  const { app, stop } = await startSystem({
    standIns: INSTANT_STEPS,
    settings: {
      ORCH_MAX_CONCURRENCY: String(concurrency),
      ORCH_WORKER_CAPACITY: String(concurrency),
      ORCH_GATE_CONCURRENCY: String(concurrency),
      ORCH_AGENT_STARTS_PER_MIN: '1000000',
      ORCH_POST_DEPLOY_ENABLED: 'false',
    },
  });
  try {
    await carry(app, warmUp, 'warm');
    const costs = meter(app);
    const startedAt = performance.now();
    await carry(app, tasks, 'task');
    return { tasks, seconds: (performance.now() - startedAt) / 1000, ...costs() };
  } finally {
    await stop();
  }
}

const PERSON = { surface: 'http', id: '1', name: 'Ada', role: 'owner' } as const;

/** Creates tasks whose human gates are lifted by labels, and waits until all of them are done. */
async function carry({ parts }: App, count: number, name: string): Promise<void> {
  const { house, config, trackerFor, project, place } = parts;
  const { autoApproveLabel, autoDeployLabel } = config.labels;
  const doneBefore = doneOf(house);
  for (let n = 1; n <= count; n += 1) {
    const made = await createTask(
      { house, config, trackerFor, now: place.now },
      {
        project: project('shop'),
        title: `Show the delivery date in the cart, ${name} ${n}`,
        description: 'People want to see when the goods arrive before they pay for them.',
        actor: PERSON,
        chat: null,
        labels: [autoApproveLabel, autoDeployLabel],
        key: `${name}-${n}`,
      },
    );
    if (!made.ok) throw new Error(JSON.stringify(made.problems));
  }
  const state = () => JSON.stringify(house.tasks.counts());
  await until(state, () => doneOf(house) - doneBefore === count);
}

const doneOf = (house: App['parts']['house']): number =>
  house.tasks
    .counts()
    .filter(({ stage }) => stage === 'done')
    .reduce((sum, { n }) => sum + n, 0);
