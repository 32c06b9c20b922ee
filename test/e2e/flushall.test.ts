import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DemoProcess, startDemo, temporaryDir } from '../support/demo-process.ts';
import { type DemoState, demoState, repeated } from '../support/demo-state.ts';
import { until } from '../support/until.ts';
import { choosePorts } from '../support/world.ts';

// REC-40, REC-41, REC-46: Redis is disposable. One whole demo whose Redis is emptied four times on the way.

let place: Awaited<ReturnType<typeof temporaryDir>>;
let state: DemoState;
let demo: DemoProcess;
let code: number | null;

/** Runs of agents of an undisturbed demo: 8 of the first task, 5 of the second. */
const RUNS = 13;

const runFiles = (pattern: RegExp): string[] =>
  readdirSync(path.join(place.dir, 'runs')).filter((name) => pattern.test(name));

async function flushDuring(what: string, moment: () => unknown): Promise<void> {
  const ended = demo.exited.then(() => false);
  const reached = until(() => Boolean(moment()), { what, deadlineMs: 100_000, everyMs: 5 });
  expect(await Promise.race([reached, ended]), demo.stderr()).toBe(true);
  const redis = new Redis(path.join(place.dir, 'redis', 'redis.sock'));
  await redis.flushall();
  redis.disconnect();
}

beforeAll(async () => {
  place = await temporaryDir('flush');
  await choosePorts(place.dir);
  state = demoState(place.dir);
  demo = startDemo({ args: ['--auto', '--json', '--data-dir', place.dir] });
  await flushDuring('an agent develops', () => state.agentAtWork(1, 'development'));
  await flushDuring('CI runs', () => runFiles(/^checks-t1\.development\.2\.ci_green\./).length > 0);
  await flushDuring('the staging hook runs', () =>
    state.deployLog('shop-staging').at(-1)?.includes('deploy start'),
  );
  await flushDuring('the production hook runs', () =>
    state.deployLog('shop').at(-1)?.includes('deploy start'),
  );
  code = await demo.exited;
});
afterAll(() => place.remove());

test('the demo goes on and ends as it would have', () => {
  expect(code, demo.stderr()).toBe(0);
  const facts = demo.result().tasks.map(({ attempts, bounces, merged, rolledBack }) => ({
    development: attempts.development,
    ...{ bounces, merged, rolledBack },
  }));
  expect(facts).toEqual([
    { development: 3, bounces: 2, merged: true, rolledBack: false },
    { development: 1, bounces: 0, merged: true, rolledBack: true },
  ]);
});

test('inc-36 no agent was started a second time', () => {
  const runs = state.rows<{ id: string; class: string }>('select id, class from runs order by id');
  expect(runs.filter((run) => run.class !== 'finished')).toEqual([]);
  expect(runs).toHaveLength(RUNS);
  const starts = runFiles(/^t\d.*\.log$/).flatMap((name) =>
    readFileSync(path.join(place.dir, 'runs', name), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"subtype":"init"')),
  );
  expect(starts).toHaveLength(RUNS);
});

test('no comment, ping, merge or deploy exists twice, and none is missing', () => {
  const comments = state.rows<{ key: string }>('select write_key as key from comments');
  const ordered = state.rows<{ key: string }>(
    `select dedup_key as key from outbox where kind = 'post-comment'`,
  );
  const keys = (found: { key: string }[]): string[] => found.map(({ key }) => key).sort();
  expect(keys(comments)).toEqual(keys(ordered));
  for (const wid of ['SHOP-001', 'SHOP-002'])
    expect(repeated(state.subjects('--all').filter((subject) => subject.includes(wid)))).toEqual([]);
  expect(state.rows(`select number from pull_requests where state = 'merged'`)).toHaveLength(2);
  const starts = state.deployLog('shop').filter((line) => line.includes('deploy start'));
  expect(starts).toHaveLength(2);
  const said = state.rows<{ text: string }>(
    `select json_extract(message, '$.text') as text from local_messages where json_extract(message, '$.from.is_bot')`,
  );
  expect(repeated(said.map(({ text }) => text))).toEqual([]);
});
