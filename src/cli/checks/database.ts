import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { backUp, newestBackup } from '../../db/backup.ts';
import { inspectDb, openDb } from '../../db/open.ts';
import type { Check } from './check.ts';
import { hint, ok, problem } from './finding.ts';

const HOUR_MS = 3_600_000;

export const DATABASE: Check = {
  name: 'database',
  about: 'the database is intact and not written by a newer version (REC-170)',
  look({ loaded: { config } }) {
    const file = config.db.path;
    if (!existsSync(file)) return [ok('none yet; the first start makes it')];
    const { fault, schema, known } = inspectDb(file);
    if (fault !== null)
      return [
        problem(
          `${file} is damaged: ${fault}`,
          'orchestrator restore <newest file of the backups directory>',
        ),
      ];
    if (schema > known)
      return [
        problem(
          `${file} has schema ${schema}; this program knows ${known}`,
          'start the newer program, or restore a backup made before the upgrade',
        ),
      ];
    return [
      schema < known
        ? ok(`schema ${schema}; the next start migrates it to ${known}`)
        : ok(`schema ${schema}`),
    ];
  },
};

/** When the newest backup was written, epoch ms; null when there is none. */
async function newest(dir: string): Promise<number | null> {
  const found = newestBackup(dir);
  return found === null ? null : (await stat(found.file)).mtimeMs;
}

export const BACKUP: Check = {
  name: 'backup',
  about: 'the newest backup is not older than two intervals (REC-160)',
  mends: 'writes one',
  async look({ loaded: { config }, now }) {
    const dir = path.join(config.server.dataDir, 'backups');
    const { path: file, backupIntervalH: everyH, backupKeep: keep, busyTimeoutMs } = config.db;
    const mend = async () => {
      const db = openDb({ file, busyTimeoutMs, readonly: true });
      try {
        return `wrote ${await backUp({ db, dir, keep, at: now() })}`;
      } finally {
        db.$client.close();
      }
    };
    const fix = 'orchestrator backup';
    const at = await newest(dir);
    if (at === null) return existsSync(file) ? [hint(`none in ${dir}`, fix, { mend })] : [];
    const ageH = Math.max(0, Math.floor((now() - at) / HOUR_MS));
    const detail = `the newest is ${ageH === 0 ? 'less than an hour' : `${ageH} h`} old`;
    const late = everyH > 0 && ageH > 2 * everyH;
    return [late ? problem(detail, fix, { mend }) : ok(detail)];
  },
};
