import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBudgetStore } from '../../src/db/budgets.ts';
import { createDeliveryStore } from '../../src/db/deliveries.ts';
import { createDependencyStore } from '../../src/db/dependencies.ts';
import { createLeaseStore } from '../../src/db/leases.ts';
import { createRepoGates } from '../../src/db/repo-gates.ts';
import { createRunStore } from '../../src/db/runs.ts';
import { command, started, storeOf, tempDir } from './store.ts';

const usage = {
  inputTokens: 1,
  outputTokens: 1,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
  turns: 1,
  durationMs: 1,
  model: null,
};

it('tells of the live tasks of one repository what an event of its forge names (FORGE-55)', () => {
  const house = storeOf();
  const [one, other] = [1, 2].map((n) => started(house, n).id);
  house.db.$client
    .prepare("update tasks set state = json_set(state, '$.headSha', 'abc') where id = ?")
    .run(one);
  house.db.$client.prepare("update tasks set stage = 'done' where id = ?").run(other);
  const { branch } = house.tasks.get(one ?? 0) ?? {};
  expect(house.tasks.traces('shop')).toEqual([{ id: one, branch, stage: 'analysis', heads: ['abc'] }]);
  expect(house.tasks.traces('other')).toEqual([]);
  const naming = (sha: string | null, named: string | null) =>
    house.tasks.tracesNaming('shop', { sha, branch: named }).map(({ id }) => id);
  expect([naming('abc', null), naming(null, branch ?? null), naming('def', 'x')]).toEqual([[one], [one], []]);
});

it('tells the newest delivered tasks of one repository, for estimates', () => {
  const house = storeOf();
  const ids = [1, 2, 3, 4].map((n) => started(house, n).id);
  const end = (id: number, stage: string) =>
    house.db.$client
      .prepare("update tasks set stage = ?, state = json_set(state, '$.stage', ?) where id = ?")
      .run(stage, stage, id);
  for (const id of ids.slice(0, 3)) end(id, 'done');
  end(ids[3] ?? 0, 'cancelled');
  const told = (repo: string, limit: number) => house.tasks.delivered(repo, limit).map(({ id }) => id);
  expect(told('shop', 2)).toEqual([ids[2], ids[1]]);
  expect(told('shop', 9)).toHaveLength(3);
  expect(told('other', 9)).toEqual([]);
});

describe('inbox (REC-33)', () => {
  it('inc-24 a delivery counts once, and is kept until it was processed', async () => {
    const inbox = createDeliveryStore(storeOf().db);
    const delivery = { id: 'd1', source: 'gitea', event: 'push', payload: { a: 1 } };
    expect(inbox.seen('d1')).toBe(false);
    expect(await Promise.all([inbox.add(delivery, 5), inbox.add(delivery, 6)])).toEqual([true, false]);
    expect(await inbox.add(delivery, 7)).toBe(false);
    expect([inbox.seen('d1'), inbox.lastAt('gitea'), inbox.lastAt('plane')]).toEqual([true, 5, null]);
    expect(inbox.pending('gitea', 9).map(({ payload, duplicates }) => [payload, duplicates])).toEqual([
      [{ a: 1 }, 1],
    ]);
    expect(inbox.prune(99)).toBe(0);
    inbox.processed('d1', 7);
    expect([inbox.pending('gitea', 9), inbox.prune(99)]).toEqual([[], 1]);
  });
});

describe('inc-71 leases (SHIP-51, inc-71)', () => {
  it('one holder; a new fence at every takeover; the old holder is told no', () => {
    const { db } = storeOf();
    const leases = createLeaseStore(db);
    const claim = (holder: string, at: number) =>
      leases.acquire({ repo: 'shop', kind: 'merge', holder, ttlMs: 100, at });
    expect(claim('a', 0)).toEqual({ kind: 'acquired', fence: 1 });
    expect(claim('b', 50)).toMatchObject({ kind: 'busy', lease: { holder: 'a' } });
    const first = { repo: 'shop', kind: 'merge', fence: 1 };
    expect(leases.heartbeat({ ...first, ttlMs: 100 }, 60)).toBe(true);
    expect([leases.holds(first, 159), leases.holds(first, 160)]).toEqual([true, false]);
    expect(claim('b', 161)).toEqual({ kind: 'acquired', fence: 2 });
    expect([leases.holds(first, 162), leases.heartbeat({ ...first, ttlMs: 1 }, 162)]).toEqual([false, false]);
    expect([leases.release(first, 163), leases.release({ ...first, fence: 2 }, 163)]).toEqual([false, true]);
    expect([leases.held(), claim('a', 164)]).toEqual([[], { kind: 'acquired', fence: 3 }]);
  });

  it('without reclaim a lease that ran out stays with its holder, who gives it back', () => {
    const leases = createLeaseStore(storeOf().db);
    const claim = (holder: string, at: number) =>
      leases.acquire({ repo: 'shop', kind: 'merge', holder, ttlMs: 100, at, reclaim: false });
    claim('a', 0);
    expect(claim('b', 200)).toMatchObject({ kind: 'busy', lease: { holder: 'a' } });
    expect(claim('a', 300)).toEqual({ kind: 'acquired', fence: 2 });
    leases.release({ repo: 'shop', kind: 'merge', fence: 2 }, 301);
    expect(claim('b', 302)).toEqual({ kind: 'acquired', fence: 3 });
  });
});

describe('repository gates (SHIP-160 to SHIP-163)', () => {
  it('a freeze stands once per cause; lifting it wakes who waited', () => {
    const house = storeOf();
    const gates = createRepoGates(house.db, house.outbox);
    for (const at of [1, 2])
      gates.freeze({ repo: 'shop', scope: 'intake', reason: 'release', by: 'Ada', at });
    expect(started(house, 1).activity.kind).toBe('frozen');
    expect([gates.freezes('shop').length, gates.unfreeze({ repo: 'shop', by: 'Ada', at: 3 })]).toEqual([
      1, 1,
    ]);
    const woken = house.outbox.due(9_000, 99).filter(({ kind }) => kind === 'emit');
    expect(woken.map(({ task }) => task)).toEqual([1]);
    gates.pause({ repo: null, by: 'Ada', at: 4 });
    expect(started(house, 2).activity.kind).toBe('paused');
    expect([gates.resume({ repo: null, by: 'Ada', at: 5 }), gates.pauses()]).toEqual([true, []]);
  });
});

describe('dependencies (REC-100 to REC-105)', () => {
  it('finds the path that an edge would close, and wakes dependents at the end', () => {
    const house = storeOf();
    for (const n of [1, 2, 3]) started(house, n);
    const on = (task: number, wid: string, remove = false) =>
      house.engine.apply(command(task, 'depend', { args: { dependency: { on: wid, remove } } }));
    on(2, 'SHOP-001');
    on(2, 'SHOP-001');
    on(3, 'SHOP-002');
    const store = createDependencyStore(house.db);
    expect([store.count(), store.cycle(1, 3)]).toEqual([2, ['SHOP-001', 'SHOP-003', 'SHOP-002', 'SHOP-001']]);
    expect([store.cycle(3, 1), store.cycle(1, 1)]).toEqual([null, ['SHOP-001', 'SHOP-001']]);
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
    const told = house.outbox.due(9_000, 99).filter(({ dedupKey }) => dedupKey.startsWith('emit:deps:'));
    expect(told.map(({ task }) => task)).toEqual([2]);
    on(3, 'SHOP-002', true);
    expect(store.count()).toBe(1);
  });

  it('inc-25 a process killed between the end of a task and its publication wakes the dependent at the next start (PIPE-3, REC-105)', () => {
    const file = path.join(tempDir(), 'orchestrator.db');
    const killed = storeOf(file);
    for (const n of [1, 2]) started(killed, n);
    const depend = { dependency: { on: 'SHOP-001', remove: false } };
    killed.engine.apply(command(2, 'depend', { args: depend }));
    killed.engine.apply(command(1, 'stop'));
    const steps = [{ step: 'stop', outcome: 'passed', reason: '', evidence: {} }] as const;
    const target = { task: 1 };
    killed.engine.apply({
      kind: 'fact',
      name: 'stage-settled',
      key: 's',
      at: 6_000,
      target,
      data: { steps },
    });
    expect(killed.tasks.get(1)?.stage).toBe('cancelled');
    // Nothing of it was published; another process opens the same file.
    const next = storeOf(file);
    const owed = next.outbox.due(9_000, 99).filter(({ payload }) => payload.kind === 'emit');
    expect(owed.map(({ task }) => task)).toEqual([2]);
    const [row] = owed;
    if (row?.payload.kind !== 'emit') throw new Error('no event is owed');
    expect(next.engine.apply(row.payload.event)).toMatchObject({ ok: true });
    expect(next.tasks.log(2).at(-1)).toMatchObject({ name: 'deps-changed', accepted: true });
  });
});

describe('money (AGENT-46, AGENT-47)', () => {
  it('a day begins at midnight of its zone, over changes of the clock', () => {
    const { db } = storeOf();
    const start = (zone: string, at: string): string =>
      new Date(createBudgetStore(db, zone).dayStart(Date.parse(at))).toISOString();
    expect(start('UTC', '2026-03-29T00:00:00Z')).toBe('2026-03-29T00:00:00.000Z');
    expect(start('Europe/Moscow', '2026-03-29T20:59:00Z')).toBe('2026-03-28T21:00:00.000Z');
    expect(start('Europe/Moscow', '2026-03-29T21:00:00Z')).toBe('2026-03-29T21:00:00.000Z');
    expect(start('Europe/Berlin', '2026-03-29T20:00:00Z')).toBe('2026-03-28T23:00:00.000Z');
    expect(start('Asia/Kolkata', '2026-03-29T18:40:00Z')).toBe('2026-03-29T18:30:00.000Z');
  });

  it('sums what ended, reserves what runs, and ends a run once (REC-66)', () => {
    const { db } = storeOf();
    const runs = createRunStore(db);
    const run = {
      task: 1,
      stage: 'development',
      attempt: 1,
      generation: 1,
      fence: 1,
      role: 'developer',
      logPath: '',
    };
    for (const id of ['r1', 'r2']) runs.queued({ ...run, id, run: 1, capUsd: 3, createdAt: 10 });
    const end = {
      class: 'finished',
      usage: { ...usage, costUsd: 1.5, estimated: true },
      sessionId: null,
      at: 20,
    };
    expect([runs.ended('r1', end), runs.ended('r1', end)]).toEqual([true, false]);
    expect(runs.spent({ task: 1 })).toEqual({ usd: 1.5, reservedUsd: 3, estimated: true });
    expect(runs.spent({ task: 1, since: 11 })).toEqual({ usd: 0, reservedUsd: 0, estimated: false });
  });

  it('refused runs are no runs of the day (REC-133)', () => {
    const house = storeOf();
    const task = started(house, 1);
    const runs = createRunStore(house.db);
    const run = {
      task: 1,
      stage: 'analysis',
      attempt: 1,
      generation: 1,
      fence: 1,
      role: 'analyst',
      logPath: '',
    };
    for (const id of ['r1', 'r2']) runs.queued({ ...run, id, run: 1, capUsd: 1, createdAt: 10 });
    runs.started('r2', 11);
    expect(house.store.policyOf(task, 20).around.runsToday).toEqual({ count: 1, max: 40 });
  });
});
