import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backUp } from '../../src/db/backup.ts';
import { faultBeside } from '../../src/db/beside.ts';
import { Database } from '../../src/db/driver.ts';
import { openDb } from '../../src/db/open.ts';
import { markInUse, markStoppedInOrder, wasStoppedInOrder } from '../../src/db/ordered-stop.ts';
import { restoreFrom } from '../../src/db/restore.ts';
import { spoilUnread } from '../support/damage.ts';
import { tempDir } from './store.ts';

const RELEASES = fileURLToPath(new URL('../fixtures/db/', import.meta.url));

/** A database as a control process leaves it that was stopped in order. */
function stoppedInOrder(): string {
  const file = path.join(tempDir(), 'orch.db');
  const db = openDb({ file });
  markStoppedInOrder(db.$client);
  db.$client.close();
  return file;
}

const left = (file: string): boolean => {
  const client = new Database(file, { readonly: true });
  try {
    return wasStoppedInOrder(client);
  } finally {
    client.close();
  }
};

function open(options: Parameters<typeof openDb>[0]) {
  const db = openDb(options);
  onTestFinished(() => void db.$client.close());
  return db;
}

describe('the check of the file at the start (REC-50)', () => {
  it('runs in front of everything after a stop that was not in order', () => {
    const file = stoppedInOrder();
    const db = openDb({ file });
    expect(left(file)).toBe(false);
    db.$client.close();
    spoilUnread(file);
    expect(() => openDb({ file, trustOrderedStop: true })).toThrow(/is damaged/);
  });

  it('is left to the caller after a stop in order, who can see that he owes it', () => {
    const file = stoppedInOrder();
    spoilUnread(file);
    const db = open({ file, trustOrderedStop: true });
    expect(wasStoppedInOrder(db.$client)).toBe(true);
    markInUse(db.$client);
    expect(left(file)).toBe(false);
  });

  it('runs in front for everybody else who writes, and their writing is no stop in order', () => {
    const file = stoppedInOrder();
    openDb({ file }).$client.close();
    expect(left(file)).toBe(false);
    const damaged = stoppedInOrder();
    spoilUnread(damaged);
    expect(() => openDb({ file: damaged })).toThrow(/is damaged/);
  });

  it('runs in front of a migration, whatever the stop was', () => {
    const [release = ''] = readdirSync(RELEASES).filter((name) => name.endsWith('.sql'));
    const file = path.join(tempDir(), 'orch.db');
    const old = new Database(file);
    old.exec(readFileSync(path.join(RELEASES, release), 'utf8'));
    markStoppedInOrder(old);
    old.close();
    spoilUnread(file);
    expect(() => openDb({ file, trustOrderedStop: true })).toThrow(/is damaged/);
  });

  it('runs in front after a restore: a backup of a running system vouches for nothing', async () => {
    const file = stoppedInOrder();
    const db = open({ file, trustOrderedStop: true });
    markInUse(db.$client);
    const backup = await backUp({ db, dir: tempDir(), keep: 1, at: 0 });
    const target = path.join(tempDir(), 'restored.db');
    restoreFrom(backup, target, 0);
    expect(left(target)).toBe(false);
  });
});

describe('the check beside the running system', () => {
  it('finds nothing in a file that is written meanwhile, and the damage in another', async () => {
    const file = stoppedInOrder();
    const db = open({ file, trustOrderedStop: true });
    markInUse(db.$client);
    expect(await faultBeside({ file, depth: 'quick' })).toBeNull();
    const damaged = stoppedInOrder();
    spoilUnread(damaged);
    expect(await faultBeside({ file: damaged, depth: 'quick' })).toMatch(/page|btree|tree/i);
    expect(await faultBeside({ file: damaged, depth: 'full' })).toMatch(/page|btree|tree/i);
  });

  it('has no answer when it is ended', async () => {
    const signal = AbortSignal.abort();
    await expect(faultBeside({ file: stoppedInOrder(), depth: 'quick', signal })).rejects.toMatchObject({
      code: 'db-not-read',
    });
  });
});
