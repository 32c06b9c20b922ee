import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { LoadedConfig } from '../../config/load.ts';
import type { Finding } from './finding.ts';

const HOUR_MS = 3_600_000;
const FIX = 'orchestrator backup';

/** Age of the newest backup (REC-160); one interval may be missed. */
export async function checkBackup({ config }: Pick<LoadedConfig, 'config'>, now: number): Promise<Finding> {
  const dir = path.join(config.server.dataDir, 'backups');
  const names = (await readdir(dir).catch((): string[] => [])).filter((name) => name.endsWith('.db'));
  const times = await Promise.all(
    names.map((name) =>
      stat(path.join(dir, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  if (times.length === 0) return { name: 'backup', level: 'hint', detail: `none in ${dir}`, fix: FIX };
  const ageH = Math.max(0, Math.floor((now - Math.max(...times)) / HOUR_MS));
  const { backupIntervalH } = config.db;
  const late = backupIntervalH > 0 && ageH > 2 * backupIntervalH;
  const detail = `the newest is ${ageH === 0 ? 'less than an hour' : `${ageH} h`} old`;
  return { name: 'backup', level: late ? 'problem' : 'ok', detail, fix: late ? FIX : null };
}
