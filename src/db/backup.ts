import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../errors.ts';
import { faultBeside } from './beside.ts';
import { Database } from './driver.ts';
import { createPrivate, type Db } from './open.ts';

const NAME = /^orchestrator-\d{8}T\d{6}Z\.db$/;

/** `orchestrator-20260105T093000Z.db`; sorts by time. */
export const nameAt = (at: number): string =>
  `orchestrator-${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')}.db`;

export interface BackupOptions {
  db: Db;
  /** Directory of the backups; created when absent. */
  dir: string;
  /** Newest ones kept (`ORCH_BACKUP_KEEP`). */
  keep: number;
  /** Epoch ms. */
  at: number;
  /** Writes exactly this file instead, and prunes nothing. */
  file?: string;
}

/**
 * A copy of the live database through SQLite's own backup, opened and checked before it counts; older ones go only
 * after that (REC-160). Returns the path. Throws AppError `backup-failed`; nothing older is touched then.
 */
export async function backUp({ db, dir, keep, at, file }: BackupOptions): Promise<string> {
  mkdirSync(dir, { recursive: true });
  const target = file ?? path.join(dir, nameAt(at));
  const aside = `${target}.part`;
  try {
    createPrivate(aside);
    await db.$client.backup(aside);
    standAlone(aside);
    refuseDamaged(aside, await faultBeside({ file: aside, depth: 'full' }));
    renameSync(aside, target);
  } catch (cause) {
    rmSync(aside, { force: true });
    throw new AppError(
      'backup-failed',
      `The backup ${target} could not be written: ${(cause as Error).message}.`,
      {
        fault: 'environment',
        hint: 'Check the free space and permissions of the backups directory; older backups were kept.',
        cause,
      },
    );
  }
  if (file === undefined) prune(dir, keep);
  return target;
}

/** One file without a journal beside it, so that reading the copy later leaves nothing behind. */
function standAlone(file: string): void {
  const copy = new Database(file);
  copy.pragma('journal_mode = DELETE');
  copy.close();
}

function prune(dir: string, keep: number): void {
  const old = readdirSync(dir)
    .filter((name) => NAME.test(name))
    .sort()
    .slice(0, -keep);
  for (const name of old) rmSync(path.join(dir, name), { force: true });
}

/** Newest backup of a directory and when it was made; null when there is none. */
export function newestBackup(dir: string): { file: string } | null {
  if (!existsSync(dir)) return null;
  const name = readdirSync(dir)
    .filter((entry) => NAME.test(entry))
    .sort()
    .at(-1);
  return name === undefined ? null : { file: path.join(dir, name) };
}

/** When the newest backup was made, epoch ms; null when there is none. */
export function newestBackupAt(dir: string): number | null {
  const newest = newestBackup(dir);
  return newest === null ? null : statSync(newest.file).mtimeMs;
}

/** Throws AppError `backup-damaged` when a file is no intact SQLite database. */
export function assertSound(file: string): void {
  let found: string;
  try {
    found = integrityOf(file);
  } catch (cause) {
    found = (cause as Error).message;
  }
  refuseDamaged(file, found === 'ok' ? null : found);
}

function integrityOf(file: string): string {
  const copy = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return String(copy.pragma('integrity_check(1)', { simple: true }));
  } finally {
    copy.close();
  }
}

function refuseDamaged(file: string, found: string | null): void {
  if (found === null) return;
  throw new AppError('backup-damaged', `Expected an intact database in ${file}, found: ${found}.`, {
    fault: 'environment',
    hint: 'Choose another backup.',
  });
}
