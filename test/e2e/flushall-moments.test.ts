import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskState } from '../../src/pipeline/task.ts';
import { repeated } from '../support/demo-state.ts';
import { type System, startSystem } from '../support/system.ts';
import { until } from '../support/until.ts';

// Section 17 number 1, the moments that one demo does not hold still for; REC-40 to REC-46.

const DAILY_WORK = ['analysis', 'architecture', 'development', 'review', 'testing'];
/** REC-46. */
const RESUMED_MS = 90_000;

describe.sequential('FLUSHALL while queued, finalizing, parked', () => {
  let system: System;
  const ids: number[] = [];
  beforeAll(async () => {
    // One run at a time: the second task is queued while the first is at work.
    const one = { ORCH_WORKER_CAPACITY: '1', ORCH_MAX_CONCURRENCY: '1' };
    const fast = { ORCH_REDIS_RECOVERY_GRACE_S: '2', ORCH_POST_DEPLOY_ENABLED: 'false' };
    system = await startSystem({ settings: { ...one, ...fast } });
  });
  afterAll(() => system?.close());

  const rows = <T>(sql: string, ...values: unknown[]): T[] =>
    system.app.parts.house.db.$client.prepare(sql).all(...values) as T[];
  const runsOf = (status: string, stage: string) =>
    rows<{ task: number }>('select task from runs where status = ? and stage = ?', status, stage);
  const kind = (name: string) => (task: TaskState) => task.activity.kind === name;

  async function flush(): Promise<void> {
    const redis = new Redis(path.join(system.dataDir, 'redis', 'redis.sock'));
    await redis.flushall();
    redis.disconnect();
  }

  test('queued: the run that waits is started once, the run at work goes on', async () => {
    for (const name of ['one', 'two']) {
      const files = { write: { [`notes/${name}.md`]: `# ${name}\n` } };
      ids.push(await system.newTask(`Note ${name}`, [files]));
    }
    await until(
      () => runsOf('running', 'analysis').length === 1 && runsOf('queued', 'analysis').length === 1,
      {
        what: 'one is at work and one is queued',
        everyMs: 2,
      },
    );
    await flush();
    for (const id of ids) await system.until(id, 'approval', kind('approval'), RESUMED_MS);
  });

  test('parked: what waits for a person goes on with the answer', async () => {
    await flush();
    for (const id of ids) system.command(id, 'approve');
    for (const id of ids) {
      const left = (task: TaskState) => task.stage !== 'analysis';
      await system.until(id, 'the next stage', left, RESUMED_MS);
    }
  });

  test('finalizing: the work of a run whose process has ended is pushed once', async () => {
    await until(() => runsOf('finalizing', 'development').length > 0, {
      what: 'a developer has ended and its work is being pushed',
      deadlineMs: RESUMED_MS,
      everyMs: 2,
    });
    await flush();
    for (const id of ids) await system.carry(id, 'confirm', kind('confirm'), RESUMED_MS);
  });

  test('parked before the merge: both are delivered', async () => {
    await flush();
    for (const id of ids) await system.carry(id, 'done', (task) => task.stage === 'done');
  });

  test('every agent counts one start, and no outward effect exists twice', async () => {
    expect(
      rows(`select id, class from runs where started_at is not null and class is not 'finished'`),
    ).toEqual([]);
    const dir = path.join(system.dataDir, 'runs');
    const starts = readdirSync(dir)
      .filter((name) => /^t\d.*\.log$/.test(name))
      .flatMap((name) => readFileSync(path.join(dir, name), 'utf8').split('\n'))
      .filter((line) => line.includes('"subtype":"init"'));
    expect(starts).toHaveLength(ids.length * DAILY_WORK.length);
    expect(system.hookCalls()).toHaveLength(ids.length);
    expect(rows(`select number from pull_requests where state = 'merged'`)).toHaveLength(ids.length);
    const keys = (sql: string) => rows<{ key: string }>(sql).map(({ key }) => key);
    const written = () => keys('select write_key as key from comments order by key');
    const ordered = keys(`select dedup_key as key from outbox where kind = 'post-comment' order by key`);
    await until(() => written().length >= ordered.length, { what: 'the last comments are written' });
    expect(written()).toEqual(ordered);
    const said = rows<{ text: string }>(
      `select json_extract(message, '$.text') as text from local_messages where json_extract(message, '$.from.is_bot')`,
    );
    expect(repeated(said.map(({ text }) => text))).toEqual([]);
  });
});
