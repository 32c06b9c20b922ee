import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInHand } from '../../../src/app/hosts/in-hand.ts';
import { republish } from '../../../src/app/watch/duties.ts';
import { dutiesOf } from '../../../src/app/working.ts';
import type { App } from '../../../src/app.ts';
import { renderCard } from '../../../src/bot/cards/card.ts';
import { createCatalog } from '../../../src/bot/texts.ts';
import { copyHistory } from '../../system/history.ts';
import { instantSteps } from '../../system/stand-ins.ts';
import { type System, startSystem } from '../../system/system.ts';
import { createTasks, untilAll } from '../tasks.ts';

export interface GrowthOptions {
  /** Ended tasks in the database at each level, ascending. */
  levels: readonly number[];
  live: number;
  repeats: number;
}

/** Milliseconds of each thing at one level of history, round by round: the n-th of every level ran next to each other. */
export interface Level extends Record<Measured, number[]> {
  history: number;
  dbMb: number;
}

/** What is measured, in the order of the report. */
export const MEASURED = ['reconcile', 'queue', 'tasks', 'card', 'start'] as const;
type Measured = (typeof MEASURED)[number];

/** No worker of another host has a run in hand. */
const NOBODY = { roll: { tasks: () => new Set<number>() } } as never;

const SETTINGS = { ORCH_POST_DEPLOY_ENABLED: 'false', ORCH_AGENT_STARTS_PER_MIN: '1000000' };
const STARTS = 5;
const WARM_UPS = 3;

const start = (dataDir: string): Promise<System> =>
  startSystem({ dataDir, standIns: instantSteps, settings: SETTINGS });

/**
 * The same live tasks over histories of several lengths, each in an installation of its own. They take turns, so that
 * whatever else the machine does weighs on all alike: what costs more then reads what it does not need.
 */
export async function growthLevels({ levels, live, repeats }: GrowthOptions): Promise<Level[]> {
  const root = await mkdtemp(path.join(tmpdir(), 'orch-growth-'));
  const systems: System[] = [];
  try {
    const dirs = await seedAll(root, levels, live);
    const starts = await inTurns(dirs, Math.min(STARTS, repeats), async (dir) => {
      const startedAt = performance.now();
      const { stop } = await start(dir);
      const tookMs = performance.now() - startedAt;
      await stop();
      return tookMs;
    });
    for (const dir of dirs) systems.push(await start(dir));
    // What a start leaves for later reads the whole file.
    for (const { app } of systems) await app.checked;
    const works = systems.map(worksOf);
    const took = new Map<Measured, number[][]>([['start', starts]]);
    for (const what of MEASURED.filter((name) => name !== 'start')) {
      const timed = async (each: (typeof works)[number]): Promise<number> => {
        const startedAt = performance.now();
        await each[what]();
        return performance.now() - startedAt;
      };
      await inTurns(works, WARM_UPS, timed);
      took.set(what, await inTurns(works, repeats, timed));
    }
    const sizes = await Promise.all(systems.map(sizeMb));
    return levels.map((history, index) => ({
      history,
      dbMb: sizes[index] ?? Number.NaN,
      ...(Object.fromEntries(MEASURED.map((what) => [what, took.get(what)?.[index] ?? []])) as Record<
        Measured,
        number[]
      >),
    }));
  } finally {
    for (const { stop } of systems) await stop();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Every level in turn, so many times over. */
async function inTurns<T>(
  levels: readonly T[],
  times: number,
  timed: (level: T) => Promise<number>,
): Promise<number[][]> {
  const took = levels.map((): number[] => []);
  for (let n = 0; n < times; n += 1) {
    for (const [index, level] of levels.entries()) took[index]?.push(await timed(level));
  }
  return took;
}

/** One data directory per level: the live tasks are the same, the history is a copy of one ended task. */
async function seedAll(root: string, levels: readonly number[], live: number): Promise<string[]> {
  const seed = path.join(root, 'seed');
  const { app, stop } = await start(seed);
  const [template = 1] = await createTasks(app, { count: 1, name: 'template', lifted: true });
  await untilAll(app, [template], ({ stage }) => stage === 'done');
  const waiting = await createTasks(app, { count: live, name: 'live', lifted: false });
  await untilAll(app, waiting, ({ activity }) => activity.kind === 'approval');
  await stop();
  const dirs: string[] = [];
  for (const history of levels) {
    const dir = path.join(root, String(history));
    await cp(seed, dir, { recursive: true });
    const system = await start(dir);
    // Far above the ids of live tasks, which go on counting.
    copyHistory(system.app.parts.house.db, template, { from: 1_000_001, to: 1_000_000 + history });
    await system.stop();
    dirs.push(dir);
  }
  return dirs;
}

function worksOf({ app }: System): Record<Exclude<Measured, 'start'>, () => unknown> {
  const duties = dutiesOf(app.parts, app.queueing, { inHand: createInHand(), crew: NOBODY });
  const texts = createCatalog()('en', 'UTC');
  const [task] = app.parts.house.tasks.live();
  return {
    reconcile: () => republish(duties),
    queue: () => get(app, '/queue'),
    tasks: () => get(app, '/tasks'),
    card() {
      const view = task ? app.view(task.id) : null;
      if (view === null) throw new Error('the live task is gone');
      renderCard(view, texts, { idleMs: 60_000 });
    },
  };
}

const sizeMb = async ({ app }: System): Promise<number> =>
  (await stat(app.parts.house.db.$client.name)).size / 2 ** 20;

async function get(app: App, where: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${app.httpPort}${where}`, {
    headers: { authorization: `Bearer ${app.parts.config.security.adminToken}` },
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${where} answered ${answer.status}`);
}
