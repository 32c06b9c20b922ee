import { LookAgain } from '../../../src/queues/catalog.ts';
import { NINE_STAGES, STAGES } from '../../floors/flows.ts';
import { instantSteps } from '../../system/stand-ins.ts';
import { type System, startSystem } from '../../system/system.ts';
import { until } from '../../system/until.ts';
import { approve, createTasks, untilAll } from '../tasks.ts';
import { settingsFor } from './round.ts';

/** The durable steps of a task between the approval of its analysis and the end of its tests. */
export const NINE: readonly string[] = STAGES.slice(NINE_STAGES.from, NINE_STAGES.to).flat();
const AFTER = 'deploy-staging';
const FOR_EVER_MS = 3_600_000;

export interface NineOptions {
  tasks: number;
  warmUp: number;
  /** Tasks under way at the same time. */
  width: number;
}

/** Tasks per second over nine durable steps: from a person's yes until the stage behind the tests is reached. */
export async function nineSteps({ tasks, warmUp, width }: NineOptions): Promise<{ perSecond: number }> {
  const system = await startSystem({
    // What comes after the ninth step is claimed once and put off.
    standIns: (app) => ({ ...instantSteps(app), staging: putOff }),
    settings: settingsFor(width),
  });
  try {
    const ids = await createTasks(system.app, { count: warmUp + tasks, name: 'nine', lifted: false });
    await untilAll(system.app, ids, ({ activity }) => activity.kind === 'approval');
    await carry(system, ids.slice(0, warmUp), width);
    const startedAt = performance.now();
    await carry(system, ids.slice(warmUp), width);
    return { perSecond: tasks / ((performance.now() - startedAt) / 1000) };
  } finally {
    await system.stop();
  }
}

async function putOff(): Promise<never> {
  throw new LookAgain(FOR_EVER_MS);
}

/** As the peers do: the next one begins when one has ended. */
async function carry({ app }: System, ids: readonly number[], width: number): Promise<void> {
  const stageOf = app.parts.house.db.$client.prepare('select stage from tasks where id = ?').pluck();
  const left = [...ids];
  const under = new Set<number>();
  await until(
    () => `${left.length} tasks wait, ${under.size} are under way`,
    () => {
      for (const id of under) if (stageOf.get(id) === AFTER) under.delete(id);
      for (const id of left.splice(0, width - under.size)) {
        approve(app, id);
        under.add(id);
      }
      return under.size === 0;
    },
    { everyMs: 2 },
  );
}
