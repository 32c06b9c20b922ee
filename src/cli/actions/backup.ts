import path from 'node:path';
import { isHolderDead } from '../../app/control-lease.ts';
import { backUp } from '../../db/backup.ts';
import { createLeaseStore } from '../../db/leases.ts';
import { openDb } from '../../db/open.ts';
import { restoreFrom } from '../../db/restore.ts';
import { AppError } from '../../errors.ts';
import type { CliContext, Flags } from '../context.ts';
import { createPrinter } from '../output/printer.ts';
import { loadSettings } from '../settings.ts';

/** `backup [file]`: a checked copy of the database, also while the control process runs (REC-160). */
export async function backup(context: CliContext, flags: Flags, file: string | undefined): Promise<number> {
  const { config } = loadSettings(context, flags);
  const db = openDb({ file: config.db.path, readonly: true });
  try {
    const dir = path.join(config.server.dataDir, 'backups');
    const target = file === undefined ? {} : { file: path.resolve(context.cwd, file) };
    const written = await backUp({ db, dir, keep: config.db.backupKeep, at: Date.now(), ...target });
    const printer = createPrinter(context);
    if (flags.json) printer.json({ file: written });
    else printer.lines([written]);
    return 0;
  } finally {
    db.$client.close();
  }
}

/** `restore <file>`: puts a backup in place of the database; the next start is paused (REC-162). */
export async function restore(context: CliContext, flags: Flags, file: string): Promise<number> {
  const { config } = loadSettings(context, flags);
  refuseWhileHeld(config.db.path, context.host);
  const { replaced } = restoreFrom(path.resolve(context.cwd, file), config.db.path, Date.now());
  const printer = createPrinter(context);
  if (flags.json) printer.json({ database: config.db.path, replaced });
  else {
    printer.lines([`Restored ${config.db.path}.`]);
    if (replaced !== null) printer.note(`The replaced database is ${replaced}.`);
    printer.note('The next start is paused: look at the tasks, then orchestrator resume.');
  }
  return 0;
}

/** A living control process would go on writing into the replaced file. */
function refuseWhileHeld(file: string, host: string): void {
  let held: string | undefined;
  try {
    const db = openDb({ file, readonly: true });
    held = createLeaseStore(db)
      .held()
      .find(({ kind, expiresAt }) => kind === 'control' && expiresAt > Date.now())?.holder;
    db.$client.close();
  } catch {
    // No database, or a damaged one: exactly what a restore is for.
    return;
  }
  if (held === undefined || isHolderDead(held, host)) return;
  throw new AppError('control-running', `A control process holds this database: ${held}.`, {
    fault: 'environment',
    hint: 'Stop it, then restore.',
  });
}
