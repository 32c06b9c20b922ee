import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type Sqlite from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { AppError } from '../errors.ts';
import { Database } from './driver.ts';
import { markInUse, wasStoppedInOrder } from './ordered-stop.ts';
import * as core from './schema.ts';
import * as chat from './schema-chat.ts';
import * as work from './schema-work.ts';

const schema = { ...core, ...chat, ...work };

export type Db = BetterSQLite3Database<typeof schema> & { $client: Sqlite.Database };

/**
 * 16 MB of log before it is copied into the database. That copy is the only thing that waits for the disk, and it waits
 * inside a commit; most pages are written again long before it, and are copied once.
 */
const CHECKPOINT_PAGES = 4000;

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));

export interface OpenOptions {
  /** `:memory:` or a file below an existing or creatable directory. */
  file: string;
  busyTimeoutMs?: number;
  readonly?: boolean;
  /**
   * A file that was stopped in order and has this program's schema is opened unchecked and keeps its mark: the caller owes
   * the check while `wasStoppedInOrder` holds, and `markInUse` before it writes.
   */
  trustOrderedStop?: boolean;
}

/**
 * Opens the database, checks it and brings it to this program's schema (REC-50, REC-170).
 * @throws AppError `db-unreadable`, `db-newer` or `db-unwritable`, each naming the file and the fix.
 */
export function openDb(options: OpenOptions): Db {
  const { file, busyTimeoutMs = 5000, readonly = false, trustOrderedStop = false } = options;
  const client = connect(file, readonly);
  client.pragma(`busy_timeout = ${busyTimeoutMs}`);
  if (!readonly && !(trustOrderedStop && isTrusted(client))) {
    // First of all: every other statement would end in SQLite's own words on a damaged file.
    check(client, file);
    markInUse(client);
  }
  client.pragma('foreign_keys = ON');
  const db = drizzle(client, { schema }) as Db;
  if (readonly) return db;
  client.pragma('journal_mode = WAL');
  client.pragma('synchronous = NORMAL');
  client.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const found = applied(client);
  refuseNewer(file, found);
  if (found > 0 && found < schemaVersion()) keepBefore(client, file, found);
  migrate(db, { migrationsFolder: MIGRATIONS });
  return db;
}

/** A backup before every migration, beside the others; the way back from an upgrade (REC-160, REC-170). */
function keepBefore(client: Sqlite.Database, file: string, found: number): void {
  if (file === ':memory:') return;
  const dir = path.join(path.dirname(file), 'backups');
  mkdirSync(dir, { recursive: true });
  const target = path.join(dir, `before-schema-${found + 1}-${path.basename(file)}`);
  rmSync(target, { force: true });
  createPrivate(target);
  client.prepare('vacuum into ?').run(target);
}

function connect(file: string, readonly: boolean): Sqlite.Database {
  try {
    if (file !== ':memory:' && !readonly) {
      mkdirSync(path.dirname(file), { recursive: true });
      createPrivate(file);
    }
    return new Database(file, { readonly, fileMustExist: readonly });
  } catch (cause) {
    throw new AppError(
      'db-unwritable',
      `The database ${file} cannot be opened: ${(cause as Error).message}.`,
      {
        fault: 'environment',
        hint: 'Check the directory and its permissions, or set ORCH_DB_PATH.',
        cause,
      },
    );
  }
}

/** A new file is its owner's alone; what SQLite puts beside it takes the same rights. One that is there is left alone. */
export const createPrivate = (file: string): void => closeSync(openSync(file, 'a', 0o600));

/** What SQLite finds wrong with the file; null when it is intact. */
function faultOf(client: Sqlite.Database): string | null {
  let found: string;
  try {
    found = String(client.pragma('quick_check(1)', { simple: true }));
  } catch (cause) {
    found = (cause as Error).message;
  }
  return found === 'ok' ? null : found;
}

/** Left in order by a program with the same schema: nothing is migrated unseen. */
function isTrusted(client: Sqlite.Database): boolean {
  try {
    return wasStoppedInOrder(client) && applied(client) === schemaVersion();
  } catch {
    return false;
  }
}

function check(client: Sqlite.Database, file: string): void {
  const found = faultOf(client);
  if (found !== null) throw damaged(file, found);
}

/** The same words whenever it is found. */
export const damaged = (file: string, found: string): AppError =>
  new AppError('db-unreadable', `The database ${file} is damaged: ${found}.`, {
    fault: 'environment',
    hint: 'Restore the newest file of the backups directory with `orchestrator restore <file>`.',
  });

/** What an existing file is like, looked at without changing it; for `doctor`. Throws where it cannot be opened. */
export function inspectDb(file: string): { fault: string | null; schema: number; known: number } {
  const client = connect(file, true);
  try {
    const fault = faultOf(client);
    return { fault, schema: fault === null ? applied(client) : 0, known: schemaVersion() };
  } finally {
    client.close();
  }
}

/** Number of migrations a database has seen; 0 for a new one. */
function applied(client: Sqlite.Database): number {
  const table = client.prepare("select 1 from sqlite_master where name = '__drizzle_migrations'").get();
  return table ? Number(client.prepare('select count(*) from __drizzle_migrations').pluck().get()) : 0;
}

/** A database written by a newer program is left alone (REC-170). */
function refuseNewer(file: string, found: number): void {
  const known = schemaVersion();
  if (found <= known) return;
  throw new AppError('db-newer', `The database ${file} has schema ${found}; this program knows ${known}.`, {
    fault: 'environment',
    hint: 'Start the newer program, or restore a backup made before the upgrade.',
  });
}

/** Throws `db-newer` for a file of a newer program, before it takes the place of another (REC-162). */
export function assertKnown(file: string): void {
  const client = new Database(file, { readonly: true, fileMustExist: true });
  try {
    refuseNewer(file, applied(client));
  } finally {
    client.close();
  }
}

/** Number of migrations this program ships. */
function schemaVersion(): number {
  const journal = readFileSync(path.join(MIGRATIONS, 'meta', '_journal.json'), 'utf8');
  return (JSON.parse(journal) as { entries: unknown[] }).entries.length;
}
