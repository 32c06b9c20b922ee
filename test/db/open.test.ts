import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDb } from '../../src/db/open.ts';
import type { AppError } from '../../src/errors.ts';
import { started, storeOf, tempDir } from './store.ts';

const MIGRATIONS = new URL('../../src/db/migrations', import.meta.url);

const refusal = (open: () => unknown): AppError => {
  try {
    open();
  } catch (error) {
    return error as AppError;
  }
  throw new Error('it opened');
};

describe('opening the database (REC-50, REC-170)', () => {
  it('makes it from nothing and finds it again', () => {
    const file = path.join(tempDir(), 'deep', 'orch.db');
    const first = storeOf(file);
    started(first, 1);
    expect(storeOf(file).tasks.get(1)).toEqual(first.tasks.get(1));
    expect(first.db.$client.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(first.db.$client.pragma('foreign_keys', { simple: true })).toBe(1);
  });

  it('a database newer than the program is refused, naming both versions (section 17 number 10, REC-170)', () => {
    const file = path.join(tempDir(), 'orch.db');
    const db = openDb({ file });
    for (let n = 0; n < 50; n += 1)
      db.$client.prepare("insert into __drizzle_migrations (hash, created_at) values ('x', 9e12)").run();
    db.$client.close();
    const error = refusal(() => openDb({ file }));
    const known = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql')).length;
    expect([error.code, error.message, error.hint]).toEqual([
      'db-newer',
      `The database ${file} has schema ${known + 50}; this program knows ${known}.`,
      'Start the newer program, or restore a backup made before the upgrade.',
    ]);
  });

  it('names a damaged file and the way back', () => {
    const file = path.join(tempDir(), 'orch.db');
    const house = storeOf(file);
    started(house, 1);
    house.db.$client.pragma('wal_checkpoint(TRUNCATE)');
    const bytes = readFileSync(file);
    const copy = path.join(tempDir(), 'broken.db');
    writeFileSync(copy, bytes.fill(0x5a, 4096, bytes.length - 512));
    const error = refusal(() => openDb({ file: copy }));
    expect([error.code, error.hint]).toEqual(['db-unreadable', expect.stringContaining('restore')]);
    const text = path.join(tempDir(), 'text.db');
    writeFileSync(text, 'this is no database at all, only some words in a file');
    expect(refusal(() => openDb({ file: text })).code).toBe('db-unreadable');
  });

  it('makes a database that is its owner’s alone, and leaves an older one as it is (SET-7)', () => {
    const modes = (file: string) => [file, `${file}-wal`].map((one) => statSync(one).mode & 0o777);
    const file = path.join(tempDir(), 'fresh.db');
    started(storeOf(file), 1);
    expect(modes(file)).toEqual([0o600, 0o600]);
    const old = path.join(tempDir(), 'old.db');
    writeFileSync(old, '', { mode: 0o640 });
    started(storeOf(old), 1);
    expect(modes(old)[0]).toBe(0o640);
  });

  it('names a place it may not write', () => {
    const occupied = path.join(tempDir(), 'a-file');
    writeFileSync(occupied, '');
    const file = path.join(occupied, 'orch.db');
    const error = refusal(() => openDb({ file }));
    expect([error.code, error.fault]).toEqual(['db-unwritable', 'environment']);
  });

  it('inc-115 refuses an asynchronous transaction', () => {
    const { db } = storeOf();
    expect(() => db.$client.transaction(async () => undefined)()).toThrow(/promise/i);
  });
});
