import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { republish } from '../../../src/app/duties.ts';
import { createInHand } from '../../../src/app/in-hand.ts';
import { dutiesOf } from '../../../src/app/working.ts';
import type { App } from '../../../src/app.ts';
import { renderCard } from '../../../src/bot/cards/card.ts';
import { createCatalog } from '../../../src/bot/texts.ts';
import { median } from '../../core/stats.ts';
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

/** Median milliseconds of one thing at one level of history. */
export interface Level {
  history: number;
  dbMb: number;
  start: number;
  reconcile: number;
  queue: number;
  tasks: number;
  card: number;
}

/** No worker of another host has a run in hand. */
const NOBODY = { roll: { tasks: () => new Set<number>() } } as never;

const SETTINGS = { ORCH_POST_DEPLOY_ENABLED: 'false', ORCH_AGENT_STARTS_PER_MIN: '1000000' };

/** The same live tasks over a history that grows: what costs more then reads what it does not need. */
export async function growthLevels({ levels, live, repeats }: GrowthOptions): Promise<Level[]> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'orch-growth-'));
  const start = () => startSystem({ dataDir, standIns: instantSteps, settings: SETTINGS });
  try {
    const first = await start();
    const [template = 1] = await createTasks(first.app, { count: 1, name: 'template', lifted: true });
    await untilAll(first.app, [template], ({ stage }) => stage === 'done');
    const waiting = await createTasks(first.app, { count: live, name: 'live', lifted: false });
    await untilAll(first.app, waiting, ({ activity }) => activity.kind === 'approval');
    let system: System = first;
    let known = 0;
    const found: Level[] = [];
    // The first round only warms up.
    for (const history of [levels[0] ?? 1, ...levels]) {
      // Far above the ids of live tasks, which go on counting.
      const at = 1_000_000 + known;
      copyHistory(system.app.parts.house.db, template, { from: at + 1, to: at + history - known });
      known = Math.max(known, history);
      const starts: number[] = [];
      for (let n = 0; n < Math.min(5, repeats); n += 1) {
        await system.stop();
        const startedAt = performance.now();
        system = await start();
        starts.push(performance.now() - startedAt);
      }
      // What the start has left for later reads the whole file.
      await system.app.checked;
      found.push({ history, start: median(starts), ...(await measure(system, waiting[0] ?? 1, repeats)) });
    }
    await system.stop();
    return found.slice(1);
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function measure(
  { app, dataDir }: System,
  task: number,
  repeats: number,
): Promise<Omit<Level, 'history' | 'start'>> {
  const duties = dutiesOf(app.parts, app.queueing, { inHand: createInHand(), crew: NOBODY });
  const texts = createCatalog()('en', 'UTC');
  const timed = async (work: () => unknown): Promise<number> => {
    const took: number[] = [];
    for (let n = 0; n < repeats + 3; n += 1) {
      const startedAt = performance.now();
      await work();
      took.push(performance.now() - startedAt);
    }
    return median(took.slice(3));
  };
  return {
    dbMb: (await stat(path.join(dataDir, path.basename(app.parts.config.db.path)))).size / 2 ** 20,
    reconcile: await timed(() => republish(duties)),
    queue: await timed(() => get(app, '/queue')),
    tasks: await timed(() => get(app, '/tasks')),
    card: await timed(() => {
      const view = app.view(task);
      if (view === null) throw new Error('the live task is gone');
      renderCard(view, texts, { idleMs: 60_000 });
    }),
  };
}

async function get(app: App, where: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${app.httpPort}${where}`, {
    headers: { authorization: `Bearer ${app.parts.config.security.adminToken}` },
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${where} answered ${answer.status}`);
}
