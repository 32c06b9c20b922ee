import { describe, expect, it } from 'vitest';
import { createDeployStore } from '../../src/db/deploys.ts';
import { deploys as table } from '../../src/db/schema.ts';
import type { TaskState } from '../../src/pipeline/task.ts';
import { command, started, storeOf } from './store.ts';

function service(house = storeOf()) {
  const deploys = createDeployStore(house.db);
  const of = { repo: 'shop', service: 'shop', kind: 'deploy', confirmedBy: 'Ada', previousSha: null };
  const confirmed = (id: string, more: Partial<typeof table.$inferInsert> = {}) =>
    void house.db
      .insert(table)
      .values({ ...of, id, task: 1, attempt: 1, sha: id, state: 'INITIATED', createdAt: 1, ...more })
      .onConflictDoNothing()
      .run();
  const succeeds = (id: string) => deploys.update(id, { state: 'SUCCESS' });
  return { house, deploys, confirmed, succeeds };
}

describe('deploys (SHIP-92)', () => {
  it('a confirmed commit opens one deploy per task, attempt, commit and kind', () => {
    const { deploys, confirmed } = service();
    confirmed('d1', { sha: 'e', imageDigest: 'sha256:1' });
    confirmed('d2', { sha: 'e', imageDigest: 'sha256:1' });
    expect(deploys.open().map(({ id, imageDigest }) => [id, imageDigest])).toEqual([['d1', 'sha256:1']]);
  });

  it('the newest is the one that began last, whenever it was confirmed and whatever the clock says', () => {
    const { deploys, confirmed, succeeds } = service();
    confirmed('waits long', { task: 1, createdAt: 10 });
    confirmed('first', { task: 2, createdAt: 20 });
    confirmed('clock set back', { task: 3, createdAt: 5 });
    confirmed('elsewhere', { task: 4, service: 'other' });
    for (const id of ['first', 'waits long', 'elsewhere', 'clock set back']) {
      deploys.begin(id);
      succeeds(id);
    }
    const ways = deploys.ofService('shop', 9).map(({ id, previousSha }) => [id, previousSha]);
    expect(ways).toEqual([
      ['clock set back', 'waits long'],
      ['waits long', 'first'],
      ['first', null],
    ]);
    expect([deploys.lastGood('shop')?.id, deploys.last('shop')?.sha]).toEqual([
      'clock set back',
      'clock set back',
    ]);
  });

  it('begins once; a rollback is newer than what it takes back', () => {
    const { deploys, confirmed, succeeds } = service();
    confirmed('d1');
    deploys.begin('d1');
    succeeds('d1');
    deploys.begin('d1');
    expect(deploys.byId('d1')).toMatchObject({ begun: 1, previousSha: null });
    deploys.insertRollback({
      ...{ id: 'd1-rollback', task: 1, attempt: 1, repo: 'shop', service: 'shop', sha: 'old' },
      ...{ previousSha: 'd1', confirmedBy: 'Ada', createdAt: 0 },
    });
    expect(deploys.ofService('shop', 9).map(({ id, begun }) => [id, begun])).toEqual([
      ['d1-rollback', 2],
      ['d1', 1],
    ]);
  });

  it('one whose confirmation was used up before it began is none: it stands in the way of no rollback (SHIP-91)', () => {
    const { house, deploys, confirmed } = service();
    const task = started(house, 1);
    confirmed('good', { task: task.id, state: 'SUCCESS' });
    confirmed('stale', { task: task.id });
    const accepted = { ...task, confirmation: { sha: 'e', baseSha: 'b', by: 'Ada', at: 2 } };
    const commit = (previous: TaskState, change: Partial<TaskState>) => {
      const next = { ...previous, version: previous.version + 1, ...change };
      const event = command(task.id, 'confirm-deploy');
      const said = { task: task.id, event, accepted: true, from: 'a', to: 'b', message: '', at: 9 } as const;
      house.store.commit({ previous, next, entry: { ...said, reason: null }, effects: [] });
      return next;
    };
    const before = commit(accepted, {});
    expect(deploys.open().map(({ id }) => id)).toEqual(['stale']);
    commit(before, { confirmation: null, attempt: before.attempt + 1 });
    expect(deploys.open()).toEqual([]);
    expect(deploys.byId('stale')).toMatchObject({ state: 'ABANDONED', endedAt: 9 });
    expect(deploys.ofService('shop', 20).map(({ id }) => id)).toEqual(['good']);
    expect([deploys.since(0).length, deploys.last('shop')?.result]).toEqual([1, 'SUCCESS']);
  });
});
