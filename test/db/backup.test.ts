import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUp, newestBackup } from '../../src/db/backup.ts';
import { createLeaseStore } from '../../src/db/leases.ts';
import { type Db, openDb } from '../../src/db/open.ts';
import { afterRestore, restoreFrom } from '../../src/db/restore.ts';
import { pauses, tasks } from '../../src/db/schema.ts';
import { memos } from '../../src/db/schema-chat.ts';
import { toRow } from '../../src/db/task-rows.ts';
import { newTask } from '../support/machine.ts';

const DAY = 86_400_000;
let dir: string;
let file: string;
let db: Db;

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'orch-backup-'));
  file = path.join(dir, 'orchestrator.db');
  db = openDb({ file });
});
afterEach(() => {
  db.$client.close();
  rmSync(dir, { recursive: true, force: true });
});

const say = (key: string): void => void db.insert(memos).values({ key, value: 'x' }).run();
const said = (from: Db): string[] =>
  from
    .select()
    .from(memos)
    .all()
    .map(({ key }) => key);
const backups = path.join('backups');

describe('backups (REC-160, REC-162)', () => {
  it('inc-112 are taken from the live database, checked, and pruned to the newest', async () => {
    say('before');
    for (let day = 0; day < 4; day += 1)
      await backUp({ db, dir: path.join(dir, backups), keep: 2, at: day * DAY });
    const kept = readdirSync(path.join(dir, backups)).sort();
    expect(kept).toEqual(['orchestrator-19700103T000000Z.db', 'orchestrator-19700104T000000Z.db']);
    const copy = openDb({ file: newestBackup(path.join(dir, backups))?.file ?? '', readonly: true });
    expect(said(copy)).toEqual(['before']);
    copy.$client.close();
  });

  it('bring the state back and keep the replaced file', async () => {
    say('kept');
    const backup = await backUp({ db, dir: path.join(dir, backups), keep: 2, at: 0 });
    say('lost');
    db.$client.close();
    const { replaced } = restoreFrom(backup, file, DAY);
    db = openDb({ file });
    expect(said(db)).toEqual(['kept', 'restored-at']);
    const old = openDb({ file: replaced ?? '' });
    expect(said(old)).toEqual(['kept', 'lost']);
    old.$client.close();
  });

  it('keep what was committed last before a kill, which stands in the log beside the file', async () => {
    const backup = await backUp({ db, dir: path.join(dir, backups), keep: 2, at: 0 });
    say('newest');
    // The files as a kill -9 leaves them.
    const killed = path.join(dir, 'killed.db');
    for (const suffix of ['', '-wal']) copyFileSync(`${file}${suffix}`, `${killed}${suffix}`);
    const { replaced } = restoreFrom(backup, killed, DAY);
    const old = openDb({ file: replaced ?? '' });
    expect(said(old)).toEqual(['newest']);
    old.$client.close();
    expect(readdirSync(dir).filter((name) => name.startsWith('killed.db'))).toEqual([
      'killed.db',
      path.basename(replaced ?? ''),
    ]);
  });

  it('are readable by their owner alone, and so is what is put back, also on a new machine', async () => {
    const backup = await backUp({ db, dir: path.join(dir, backups), keep: 2, at: 0 });
    const fresh = path.join(dir, 'absent', 'fresh.db');
    expect(restoreFrom(backup, fresh, DAY)).toEqual({ replaced: null });
    expect([backup, fresh].map((one) => statSync(one).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  it('a restore that cannot be written leaves the database as it was', async () => {
    say('kept');
    const backup = await backUp({ db, dir: path.join(dir, backups), keep: 2, at: 0 });
    say('since');
    db.$client.close();
    // Its place is taken: the copy cannot be made there.
    mkdirSync(path.join(dir, 'orchestrator.db.restoring', 'taken'), { recursive: true });
    expect(() => restoreFrom(backup, file, DAY)).toThrow(/could not be restored/);
    expect(readdirSync(dir).filter((name) => name.includes('replaced'))).toEqual([]);
    db = openDb({ file });
    expect(said(db)).toEqual(['kept', 'since']);
  });

  it('inc-113 a restored database starts paused, with every earlier fence stale and no lease of the past', () => {
    const task = { ...newTask(), version: 3, fence: 7 };
    db.insert(tasks).values(toRow(task)).run();
    createLeaseStore(db).acquire({ repo: '', kind: 'control', holder: 'old:1', ttlMs: DAY, at: 0 });
    say('redis-epoch');
    afterRestore(db, 5);
    const [row] = db.select().from(tasks).all();
    expect(row).toMatchObject({ fence: 1007, version: 4, state: { fence: 1007, version: 4, wid: task.wid } });
    expect(createLeaseStore(db).held()).toEqual([]);
    expect(db.select().from(pauses).all()).toEqual([{ scope: '*', actor: 'restore', since: 5 }]);
    // Another epoch: what Redis holds belongs to the time after the backup (REC-40).
    expect(said(db)).toEqual(['restored-at']);
  });

  it('a damaged backup replaces nothing', () => {
    say('kept');
    const broken = path.join(dir, 'broken.db');
    writeFileSync(broken, 'no database');
    for (const absentOrBroken of [broken, path.join(dir, 'absent.db')])
      expect(() => restoreFrom(absentOrBroken, file, 0)).toThrow(
        expect.objectContaining({ code: 'backup-damaged', message: expect.stringContaining(absentOrBroken) }),
      );
    expect(said(db)).toEqual(['kept']);
  });

  it('a failed backup leaves the older ones alone and nothing half-written', async () => {
    const target = path.join(dir, backups);
    await backUp({ db, dir: target, keep: 1, at: 0 });
    await expect(
      backUp({ db, dir: target, keep: 1, at: DAY, file: path.join(dir, 'absent', 'x.db') }),
    ).rejects.toThrow(/could not be written/);
    expect(readdirSync(target)).toEqual(['orchestrator-19700101T000000Z.db']);
    expect(existsSync(path.join(dir, 'absent'))).toBe(false);
  });
});
