import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { taskLog, tasks } from '../../src/db/schema.ts';
import { toRow } from '../../src/db/task-rows.ts';
import { command, requestOf, started, storeOf, tempDir } from './store.ts';

describe('creating tasks (FORGE-61, PIPE-22)', () => {
  it('inc-32 twenty creations of one issue make one row, one branch, one job (REC-78)', () => {
    const file = path.join(tempDir(), 'orch.db');
    const surfaces = [storeOf(file), storeOf(file), storeOf(file), storeOf(file)];
    const results = Array.from({ length: 20 }, (_, n) =>
      surfaces[n % 4]?.engine.start(requestOf({ issueId: 'issue-14', seq: 14 }), 1_000 + n, `start-${n}`),
    );
    expect(results.filter((result) => result?.created)).toHaveLength(1);
    expect(new Set(results.map((result) => result?.task.wid))).toEqual(new Set(['SHOP-014']));
    const jobs = surfaces[0]?.outbox.due(9_000, 100).filter(({ kind }) => kind === 'run-stage');
    expect(jobs).toHaveLength(1);
  });

  it('the constraints themselves refuse a second task of the same names, until it is cancelled (REC-94)', () => {
    const house = storeOf();
    const task = started(house, 1);
    const twin = (change: object) => () =>
      house.db
        .insert(tasks)
        .values({ ...toRow(task), id: 99, wid: 'X-1', branch: 'x', issueId: 'x', ...change })
        .run();
    for (const key of ['wid', 'branch', 'issueId'] as const)
      expect(twin({ [key]: task[key] }), key).toThrow(/UNIQUE/);
    house.engine.apply(command(1, 'stop'));
    const steps = [{ step: 'stop', outcome: 'passed', reason: '', evidence: {} }] as const;
    house.engine.apply({
      kind: 'fact',
      name: 'stage-settled',
      key: 's',
      at: 6_000,
      target: { task: 1 },
      data: { steps },
    });
    const again = house.engine.start(requestOf({ issueId: 'issue-1', seq: 1 }), 7_000, 'again');
    expect([again.created, again.task.wid, again.task.id]).toEqual([true, 'SHOP-001', 2]);
  });

  it('the same key creates one task, also without an issue', () => {
    const { engine } = storeOf();
    const first = engine.start(requestOf(), 1_000, 'tap');
    expect(engine.start(requestOf(), 2_000, 'tap')).toMatchObject({
      created: false,
      task: { id: first.task.id },
    });
  });

  it('inc-82 takes the next free number and the fallback branch', () => {
    const { engine } = storeOf();
    engine.start(requestOf({ issueId: 'a', seq: 14 }), 1, 'a');
    expect(engine.start(requestOf({ issueId: 'b', seq: 14 }), 2, 'b').task.wid).toBe('SHOP-015');
    expect(engine.start(requestOf({ issueId: 'c' }), 3, 'c').task.wid).toBe('SHOP-016');
  });

  it('inc-85 three tasks of one batch run in order behind the serial gate (REC-110)', () => {
    const house = storeOf(':memory:', { serial: true });
    const kinds = [1, 2, 3].map((n) => started(house, n).activity.kind);
    expect(kinds).toEqual(['working', 'serial', 'serial']);
  });
});

describe('committing (PIPE-3, PIPE-4)', () => {
  it('an accepted event is a row, a log entry and its effects; a refused one is a log entry', () => {
    const house = storeOf();
    started(house, 1);
    const before = house.outbox.stats(0).pending;
    const refused = house.engine.apply(command(1, 'approve'));
    expect([refused.ok, house.tasks.get(1)?.version]).toEqual([false, 1]);
    house.engine.apply(command(1, 'note', { text: 'mind the time zone' }));
    const log = house.tasks.log(1).map(({ name, accepted, reason }) => [name, accepted, reason]);
    expect(log).toEqual([
      ['start', true, null],
      ['approve', false, 'nothing_to_approve'],
      ['note', true, null],
    ]);
    expect(house.tasks.get(1)?.version).toBe(2);
    expect(house.outbox.stats(0).pending).toBeGreaterThan(before);
    expect(house.commits()).toBe(2);
  });

  it('an event counts once by its key, whatever came between', () => {
    const house = storeOf();
    started(house, 1);
    const event = command(1, 'note', { text: 'once', key: 'same' });
    expect(house.engine.apply(event).ok).toBe(true);
    expect(house.engine.apply(event)).toMatchObject({ ok: false, reason: 'duplicate' });
    expect(house.tasks.get(1)?.words).toHaveLength(1);
  });

  it('an older version loses the compare-and-set and leaves nothing behind', () => {
    const house = storeOf();
    const task = started(house, 1);
    house.engine.apply(command(1, 'note', { text: 'first' }));
    const rows = house.db.select().from(taskLog).all().length;
    const entry = {
      task: 1,
      event: command(1, 'note'),
      accepted: true,
      from: '',
      to: '',
      reason: null,
      message: '',
      at: 1,
    };
    const lost = house.store.transaction(() =>
      house.store.commit({ previous: task, next: { ...task, version: 2 }, entry, effects: [] }),
    );
    expect([lost, house.db.select().from(taskLog).all().length]).toEqual([false, rows]);
  });

  it('two processes write one task without losing a word', async () => {
    const file = path.join(tempDir(), 'orch.db');
    const house = storeOf(file);
    started(house, 1);
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', new URL('./note-writer.ts', import.meta.url).pathname, file],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    for (let n = 0; n < 40; n += 1) house.engine.apply(command(1, 'note', { text: `ours ${n}` }));
    expect(await ended).toBe(0);
    expect(house.tasks.get(1)?.words).toHaveLength(80);
    expect(house.tasks.get(1)?.version).toBe(81);
  }, 30_000);
});
