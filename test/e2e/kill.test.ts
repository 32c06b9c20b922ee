import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DemoTask } from '../../src/cli/demo/result.ts';
import { type DemoProcess, processesOf, startDemo, temporaryDir } from '../support/demo-process.ts';
import { type DemoState, demoState, repeated } from '../support/demo-state.ts';
import { until } from '../support/until.ts';
import { choosePorts } from '../support/world.ts';

// Issue 2, "Shown by"; REC-51, REC-63, REC-160 section 17 number 2. One data directory, killed three times.

let place: Awaited<ReturnType<typeof temporaryDir>>;
let state: DemoState;
let demo: DemoProcess;

const start = (): DemoProcess => startDemo({ args: ['--auto', '--json', '--data-dir', place.dir] });
const ownSubjects = (wid: string): string[] =>
  state.subjects('--all').filter((subject) => subject.includes(wid));

beforeAll(async () => {
  place = await temporaryDir('kill');
  await choosePorts(place.dir);
  state = demoState(place.dir);
});
afterAll(() => place.remove());

/** Kills the node process in the middle of `moment`, and starts it again. */
async function killDuring(what: string, moment: () => unknown): Promise<void> {
  demo ??= start();
  const ended = demo.exited.then((code) => `the demo ended with ${code}: ${demo.stderr()}`);
  const reached = until(() => Boolean(moment()), { what, deadlineMs: 120_000, everyMs: 5 });
  expect(await Promise.race([reached, ended])).toBe(true);
  await demo.kill();
  demo = start();
}

const hookUnderWay = (service: 'shop' | 'shop-staging'): boolean =>
  state.deployLog(service).at(-1)?.includes('deploy start') ?? false;

describe.sequential('the demo, killed by SIGKILL', () => {
  test('inc-06 in the middle of development: the orphaned agent is ended before anything else writes', async () => {
    await killDuring('an agent develops', () => state.agentAtWork(1, 'development'));
    const orphan = `t1.development.1.g1.`;
    await until(() => state.task(1)?.stage !== 'development', { what: 'development goes on' });
    const left = (await processesOf(orphan)).map(({ command }) => command);
    expect(left).toEqual([]);
    expect(state.rows('select class from runs where id = ?', 't1.development.1.g1')).toEqual([
      { class: 'interrupted' },
    ]);
  });

  test('in the middle of deploy-staging', async () => {
    await killDuring('the staging hook runs', () => hookUnderWay('shop-staging'));
    await until(() => state.task(1)?.stage === 'deploy', { what: 'the task reaches deploy' });
  });

  test('in the middle of deploy, after the merge', async () => {
    await killDuring('the production hook runs', () => hookUnderWay('shop'));
    await until(() => state.task(1)?.stage === 'done', { what: 'the task is done' });
  });

  test('a second one in the same directory is refused and ends nothing of the first', async () => {
    const services = () => processesOf(path.join(place.dir, 'releases'));
    const before = await services();
    expect(before.length).toBeGreaterThan(0);
    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.stderr()).toContain('Another control process holds this data directory');
    expect(await services()).toEqual(before);
  });

  test('inc-35 it ends as if nothing had happened', async () => {
    expect(await demo.exited, demo.stderr()).toBe(0);
    const facts = demo
      .result()
      .tasks.map(({ id, stage, attempts, bounces, merged, landedTreeMatches, rolledBack }: DemoTask) => ({
        ...{ id, stage, attempts, bounces, merged, landedTreeMatches, rolledBack },
      }));
    const once = { analysis: 1, architecture: 1, testing: 1, 'deploy-staging': 1, deploy: 1 };
    const done = { stage: 'done', merged: true, landedTreeMatches: true };
    expect(facts).toEqual([
      {
        ...done,
        id: 'SHOP-001',
        attempts: { ...once, development: 3, review: 2 },
        bounces: 2,
        rolledBack: false,
      },
      {
        ...done,
        id: 'SHOP-002',
        attempts: { ...once, development: 1, review: 1 },
        bounces: 0,
        rolledBack: true,
      },
    ]);
    expect(await processesOf(place.dir)).toEqual([]);
    const markers = (await readdir(path.join(place.dir, 'runs'))).filter((name) =>
      /\.proc\.json$/.test(name),
    );
    expect(markers).toEqual([]);
  });

  test('no commit, comment, merge, deploy or ping exists twice', () => {
    for (const wid of ['SHOP-001', 'SHOP-002']) expect(repeated(ownSubjects(wid))).toEqual([]);
    const keys = (sql: string) => state.rows<{ key: string }>(sql).map(({ key }) => key);
    const written = keys('select write_key as key from comments order by key');
    expect(written).toEqual(
      keys(`select dedup_key as key from outbox where kind = 'post-comment' order by key`),
    );
    const merged = state.rows<{ head: string }>(`select head from pull_requests where state = 'merged'`);
    expect(merged).toHaveLength(2);
    expect(repeated(merged.map(({ head }) => head))).toEqual([]);
    for (const service of ['shop', 'shop-staging'] as const) {
      const starts = state.deployLog(service).filter((line) => line.includes('deploy start'));
      expect(starts, service).toHaveLength(2);
    }
    expect(state.deployLog('shop').filter((line) => line.includes('rollback start'))).toHaveLength(1);
    const pings = state.rows<{ text: string }>(
      `select json_extract(message, '$.text') as text from local_messages where json_extract(message, '$.from.is_bot')`,
    );
    expect(repeated(pings.map(({ text }) => text))).toEqual([]);
  });
});
