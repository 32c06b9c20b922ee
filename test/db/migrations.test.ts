import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Database } from '../../src/db/driver.ts';
import { openDb } from '../../src/db/open.ts';
import { createRunStore } from '../../src/db/runs.ts';
import { memos } from '../../src/db/schema-chat.ts';
import { command, storeOf, tempDir } from './store.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/db/', import.meta.url));
const released = readdirSync(FIXTURES).filter((name) => name.endsWith('.sql'));

/** A database file as that release left it. */
function restored(name: string): string {
  const file = path.join(tempDir(), 'orchestrator.db');
  const db = new Database(file);
  db.exec(readFileSync(path.join(FIXTURES, name), 'utf8'));
  db.close();
  return file;
}

describe.each(released)('a database of the release %s (REC-170, REC-174)', (name) => {
  it('is migrated with everything in it, after a backup that the old program can read', () => {
    const file = restored(name);
    const old = new Database(file, { readonly: true });
    const before = old.prepare('select id, wid, stage, activity, state from tasks order by id').all();
    old.close();
    const house = storeOf(file);
    expect(
      house.db.$client.prepare('select id, wid, stage, activity, state from tasks order by id').all(),
    ).toEqual(before);
    expect(house.tasks.live().map(({ wid, activity }) => [wid, activity.kind])).toEqual([
      ['SHOP-001', 'approval'],
      ['SHOP-002', 'working'],
      ['SHOP-003', 'blocked'],
      ['SHOP-004', 'stopping'],
    ]);
    expect(house.db.select().from(memos).all()).toEqual([
      { key: 'redis-epoch', value: 'epoch-of-the-old-program' },
    ]);
    const backups = readdirSync(path.join(path.dirname(file), 'backups'));
    expect(backups).toEqual([expect.stringMatching(/^before-schema-\d+-orchestrator\.db$/)]);
    const backup = new Database(path.join(path.dirname(file), 'backups', backups[0] ?? ''), {
      readonly: true,
    });
    expect(backup.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(backup.prepare('select count(*) from __drizzle_migrations').pluck().get()).toBe(1);
    backup.close();
  });

  it('goes on from there: a run that was under way is the same run, a person decides as before', () => {
    const house = storeOf(restored(name));
    const [run] = createRunStore(house.db).live();
    expect(run).toMatchObject({ task: 2, status: 'running', worker: null, exit: null });
    expect(house.engine.apply(command(1, 'approve'))).toMatchObject({ ok: true });
    expect(house.tasks.get(1)).toMatchObject({ stage: 'architecture', attempt: 1 });
    expect(house.engine.apply(command(3, 'retry'))).toMatchObject({ ok: true });
  });

  it('is migrated once; opening it again changes nothing', () => {
    const file = restored(name);
    openDb({ file }).$client.close();
    const backups = () => readdirSync(path.join(path.dirname(file), 'backups')).length;
    const before = backups();
    openDb({ file }).$client.close();
    expect(backups()).toBe(before);
  });
});
