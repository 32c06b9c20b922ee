import { once } from 'node:events';
import { exportLines } from '../../db/export.ts';
import { openDb } from '../../db/open.ts';
import type { CliContext, Flags } from '../context.ts';
import { loadSettings } from '../settings.ts';

/** `export`: JSON lines on standard output, also while the control process runs (REC-164). */
export async function exportAll(context: CliContext, flags: Flags): Promise<number> {
  const { config } = loadSettings(context, flags);
  const db = openDb({ file: config.db.path, busyTimeoutMs: config.db.busyTimeoutMs, readonly: true });
  try {
    for (const line of exportLines(db)) {
      if (!context.stdout.write(`${line}\n`)) await once(context.stdout, 'drain');
    }
    return 0;
  } finally {
    db.$client.close();
  }
}
