import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { inArray, sql } from 'drizzle-orm';
import { AppError } from '../errors.ts';
import type { Instant } from '../pipeline/events.ts';
import { assertSound, nameAt } from './backup.ts';
import { Database } from './driver.ts';
import { assertKnown, createPrivate, type Db, openDb } from './open.ts';
import { leases, pauses, tasks } from './schema.ts';
import { memos } from './schema-chat.ts';

/**
 * Makes a restored database safe to start (REC-162): every fence is raised, so that whatever still runs is stale; Redis is
 * told apart by a new epoch; leases of the past are gone; claiming is paused until a person resumes.
 */
export function afterRestore(db: Db, at: Instant): void {
  db.$client
    .transaction(() => {
      const raised = sql`${tasks.fence} + 1000`;
      db.update(tasks)
        .set({
          fence: raised,
          version: sql`${tasks.version} + 1`,
          state: sql`json_set(${tasks.state}, '$.fence', ${tasks.fence} + 1000, '$.version', ${tasks.version} + 1)`,
        })
        .run();
      db.delete(leases).run();
      db.delete(memos)
        .where(inArray(memos.key, ['redis-epoch', 'control-worker']))
        .run();
      db.insert(memos)
        .values({ key: 'restored-at', value: String(at) })
        .onConflictDoNothing()
        .run();
      db.insert(pauses).values({ scope: '*', actor: 'restore', since: at }).onConflictDoNothing().run();
    })
    .immediate();
}

/**
 * Puts a backup in the place of the database (REC-162). The new file is complete, brought to this program's schema and
 * safe to start before it takes the old one's place in one step, so a restore that dies leaves one or the other. The
 * replaced file is kept beside it and named in the answer. The caller makes sure that no control process runs.
 * Throws AppError `backup-damaged`, `db-newer` or `restore-failed`; the database is as it was then.
 */
export function restoreFrom(backup: string, file: string, at: Instant): { replaced: string | null } {
  assertSound(backup);
  assertKnown(backup);
  const aside = `${file}.restoring`;
  try {
    copyTo(aside, backup);
    const db = openDb({ file: aside });
    afterRestore(db, at);
    db.$client.close();
    const replaced = existsSync(file) ? `${file}.replaced-${nameAt(at)}` : null;
    if (replaced !== null) keepAs(replaced, file);
    renameSync(aside, file);
    return { replaced };
  } catch (cause) {
    if (statSync(aside, { throwIfNoEntry: false })?.isFile()) rmSync(aside);
    const found = (cause as Error).message.replace(/\.$/, '');
    throw new AppError('restore-failed', `${backup} could not be restored: ${found}.`, {
      fault: 'environment',
      hint: `Check the free space and permissions beside ${file}; it is as it was.`,
      cause,
    });
  }
}

function copyTo(aside: string, backup: string): void {
  mkdirSync(path.dirname(aside), { recursive: true });
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${aside}${suffix}`, { force: true });
  createPrivate(aside);
  const source = new Database(backup, { readonly: true, fileMustExist: true });
  try {
    source.prepare('vacuum into ?').run(aside);
  } finally {
    source.close();
  }
}

/** A second name for the file, with all that was committed to it: after a crash the newest of it is in the log beside it. */
function keepAs(kept: string, file: string): void {
  try {
    const old = new Database(file);
    old.pragma('wal_checkpoint(TRUNCATE)');
    old.close();
  } catch {
    // Damaged: its log goes along as it is.
  }
  try {
    linkSync(file, kept);
  } catch {
    // Not every file system knows second names.
    copyFileSync(file, kept, constants.COPYFILE_EXCL);
  }
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${kept}-wal`);
  rmSync(`${file}-shm`, { force: true });
}
