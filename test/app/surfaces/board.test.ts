import { expect, onTestFinished, test } from 'vitest';
import { createHouse } from '../../../src/app/house.ts';
import { createBoardApi } from '../../../src/app/surfaces/board.ts';
import { createTexts } from '../../../src/bot/texts.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { createProbes } from '../../../src/config/probes.ts';
import { openDb } from '../../../src/db/open.ts';
import { createRedactor } from '../../../src/log.ts';
import { requestOf, tempDir } from '../../db/store.ts';
import { projectOf } from '../../support/machine.ts';

const NOON = Date.UTC(2026, 2, 12, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SECRET = 'the-secret-of-the-forge';
const OWNER = { name: 'owner', projects: null, mayReadLogs: true };
const KIM = { name: 'Kim', projects: ['blog'], mayReadLogs: false };
const usage = {
  ...{ inputTokens: 1000, outputTokens: 100, cacheReadTokens: 0, cacheCreationTokens: 0 },
  ...{ estimated: false, turns: 3, durationMs: 1, model: 'claude-opus-5-5' },
};

/** The board over a real database, with a task an hour old in each of two repositories. */
function bench() {
  const dataDir = tempDir();
  const place = { dataDir, cwd: dataDir, homeDir: dataDir, hostName: 'h', isTerminal: false };
  const { config } = loadConfig({ env: {}, ...place, probes: createProbes({}) });
  const project = (repo: string) => projectOf({ repo, name: repo, service: repo });
  const db = openDb({ file: ':memory:' });
  onTestFinished(() => void db.$client.close());
  let ids = 0;
  const uuid = () => {
    ids += 1;
    return `u${ids}`;
  };
  const house = createHouse({ db, config, project, uuid, committed: () => undefined });
  const start = (repo: string, prefix: string) =>
    house.engine.start(requestOf({ repo, prefix }), NOON - HOUR, `start-${repo}`).task;
  const [shop, blog] = [start('shop', 'SHOP'), start('blog', 'BLOG')];
  const run = (task: typeof shop, id: string, { at, costUsd }: { at: number; costUsd: number }) => {
    const of = { task: task.id, stage: task.stage, attempt: task.attempt, generation: 1, fence: task.fence };
    house.runs.queued({ ...of, id, run: 1, role: 'analyst', capUsd: null, logPath: '', createdAt: at });
    const end = { class: 'finished', usage: { ...usage, costUsd }, sessionId: null, at };
    house.runs.ended(id, end);
  };
  const nowhere = { file: () => null, pullRequest: () => null, compare: () => null };
  const now = () => NOON;
  const views = {
    config,
    ...house,
    project,
    forgeFor: () => ({ links: nowhere }),
    issueUrl: () => null,
    boardStatus: () => null,
    now,
  };
  const projects = [project('shop'), project('blog')];
  const parts = { house, config, redact: createRedactor([SECRET]), place: { now }, projects };
  const sources = { parts, views, texts: createTexts('en') } as unknown as Parameters<
    typeof createBoardApi
  >[0];
  return { house, board: createBoardApi(sources), shop, blog, run };
}

test('ACC-2 a person sees the tasks, costs and totals of their projects, and nothing of the others', async () => {
  const { board, run, shop, blog } = bench();
  run(shop, 'r1', { at: NOON - HOUR, costUsd: 5 });
  run(blog, 'r2', { at: NOON - HOUR, costUsd: 2 });
  const wids = async (viewer: typeof KIM | typeof OWNER) =>
    (await board.overview(viewer)).columns.flatMap(({ tasks }) => tasks.map(({ wid }) => wid));
  expect(await wids(OWNER)).toEqual(['SHOP-001', 'BLOG-001']);
  expect(await wids(KIM)).toEqual(['BLOG-001']);
  expect((await board.overview(OWNER)).spentToday).toEqual({ usd: 7, capUsd: 100 });
  expect((await board.overview(KIM)).spentToday).toEqual({ usd: 2, capUsd: null });
  expect(await board.task(KIM, 'SHOP-001')).toBeNull();
  expect(await board.log(KIM, { wid: 'SHOP-001', stage: null, lines: 10 })).toBeNull();
  const costs = await board.costs(KIM, { days: 7, project: 'shop' });
  expect([costs.projects, costs.project, costs.total.costUsd]).toEqual([['blog'], null, 2]);
});

test('VIEW-7 costs have a row for every day of the period, oldest first, also where nothing was spent', async () => {
  const { board, run, shop } = bench();
  run(shop, 'r1', { at: NOON - 2 * DAY, costUsd: 4 });
  run(shop, 'r2', { at: NOON - HOUR, costUsd: 1 });
  run(shop, 'old', { at: NOON - 7 * DAY, costUsd: 100 });
  const { byDay, total, byRole } = await board.costs(OWNER, { days: 7, project: null });
  expect(byDay.map(({ label, costUsd }) => [label, costUsd])).toEqual([
    ['2026-03-06', 0],
    ['2026-03-07', 0],
    ['2026-03-08', 0],
    ['2026-03-09', 0],
    ['2026-03-10', 4],
    ['2026-03-11', 0],
    ['2026-03-12', 1],
  ]);
  expect([total.costUsd, total.runs, byRole.map(({ label }) => label)]).toEqual([5, 2, ['analyst']]);
});

test('a timeline has runs and verdicts under their attempt, and no secret in the evidence', async () => {
  const { board, house, run, shop } = bench();
  run(shop, 'r1', { at: NOON - HOUR, costUsd: 0.5 });
  house.verdicts.put(shop.id, {
    ...{ stage: 'analysis', attempt: shop.attempt, generation: 1, step: 'gate.analysis_complete' },
    ...{ outcome: 'failed', reason: `said ${SECRET}`, at: NOON },
    evidence: { text: [`token ${SECRET}`, `ghp_${'a1B2'.repeat(9)}`], questions: 2 },
  });
  const page = await board.task(OWNER, 'SHOP-001');
  expect(page?.visits).toMatchObject([
    {
      stage: 'analysis',
      until: null,
      runs: [{ role: 'analyst', ended: 'finished', costUsd: 0.5, turns: 3 }],
      verdicts: [
        { outcome: 'failed', reason: 'said ***', evidence: { text: ['token ***', '***'], questions: 2 } },
      ],
      acts: [{ who: 'Ada', what: 'start', accepted: true }],
    },
  ]);
});

test('ACC-1, ACC-7 only people the chat knows are known here, with the rights they have now', () => {
  const { board, house } = bench();
  expect(board.person('1002')).toBeNull();
  const user = { id: 1002, name: 'Kim', role: 'viewer' as const, projects: ['blog'] };
  const more = { tz: null, quietHours: null, createdBy: 'test', createdAt: NOON };
  house.chat.putUser({ ...user, ...more });
  expect(board.person('1002')).toEqual(KIM);
  house.chat.putUser({ ...user, ...more, role: 'operator', projects: [] });
  expect(board.person('1002')).toEqual({ name: 'Kim', projects: null, mayReadLogs: true });
  house.chat.removeUser(1002);
  expect(board.person('1002')).toBeNull();
  expect(board.person('no number')).toBeNull();
});
