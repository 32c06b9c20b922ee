import { describe, expect, it } from 'vitest';
import { loseSilentRuns, type SilentDeps } from '../../src/app/lost-runs.ts';
import { createRunStore } from '../../src/db/runs.ts';
import { started, storeOf } from '../db/store.ts';

const LOST = 90_000;

function bench(change: Partial<SilentDeps> = {}) {
  const store = storeOf();
  const runs = createRunStore(store.db);
  const { id: task, stage, attempt, fence, generation } = started(store, 1);
  const of = { task, stage, attempt, fence, generation, run: 1, role: 'analyst', capUsd: null };
  runs.queued({ ...of, id: 'r1', logPath: '', createdAt: 1_000 });
  const at = { now: 2_000 };
  const deps: SilentDeps = {
    house: { ...store, runs },
    lostMs: LOST,
    inHand: () => new Set(),
    isUp: async () => true,
    now: () => at.now,
    ...change,
  };
  return { ...store, runs, task, at, lose: () => loseSilentRuns(deps) };
}

describe('runs nothing is heard of (REC-64, AGENT-59)', () => {
  it('are lost after the limit, once, and the task goes on with a new fence in the same attempt', async () => {
    const { runs, tasks, task, at, lose } = bench();
    const before = tasks.get(task);
    runs.started('r1', 2_000);
    at.now = 2_000 + LOST - 1;
    expect(await lose()).toBe(0);
    at.now += 1;
    expect([await lose(), await lose()]).toEqual([1, 0]);
    const after = tasks.get(task);
    expect(runs.byId('r1')).toMatchObject({ status: 'ended', class: 'interrupted' });
    expect(after?.fence).toBeGreaterThan(before?.fence ?? 0);
    expect(after).toMatchObject({ attempt: before?.attempt, activity: { kind: 'working' }, failedRuns: 0 });
  });

  it('are not lost while their worker is heard', async () => {
    const { runs, at, lose } = bench();
    runs.started('r1', 2_000);
    at.now += LOST;
    runs.heard('r1', 'there', at.now - 1);
    expect(await lose()).toBe(0);
  });

  it('are not lost while they wait in the queue, at first or again', async () => {
    const { runs, at, lose } = bench();
    at.now += 10 * LOST;
    expect(await lose()).toBe(0);
    runs.started('r1', 2_000);
    runs.parked('r1');
    expect(await lose()).toBe(0);
  });

  it.each([
    ['this very process has them in hand', { inHand: () => new Set([1]) }],
    ['Redis does not answer: then silence says nothing', { isUp: async () => false }],
  ])('are not lost while %s', async (_, change) => {
    const { runs, at, lose } = bench(change);
    runs.started('r1', 2_000);
    at.now += 10 * LOST;
    expect(await lose()).toBe(0);
  });
});
