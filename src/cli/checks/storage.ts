import { existsSync } from 'node:fs';
import { chmod, mkdir, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { LoadedConfig } from '../../config/load.ts';
import { createProbes } from '../../config/probes.ts';
import type { Check } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';

/** Where data goes, by setting. */
const directories = ({ server, forge, db }: LoadedConfig['config']): [string, string][] => [
  ['ORCH_DATA_DIR', server.dataDir],
  ['ORCH_REPOS_DIR', forge.reposDir],
  ['ORCH_RUNS_DIR', server.runsDir],
  ['ORCH_DB_PATH', dirname(db.path)],
];

export const DIRECTORIES: Check = {
  name: 'data',
  about: 'the directories of data, repositories, run logs and database can be made and written',
  mends: 'makes the data directory, closed to other users',
  look({ env, loaded: { config } }) {
    const probes = createProbes(env);
    const broken = directories(config).flatMap(([key, dir]) => {
      const why = probes.directoryProblem(dir);
      return why === undefined ? [] : [problem(`${dir} ${why}`, `name another directory with ${key}`)];
    });
    if (broken.length > 0) return broken;
    const { dataDir } = config.server;
    if (existsSync(dataDir)) return [ok(`${dataDir} can be written`)];
    const mend = async () => {
      await mkdir(dataDir, { recursive: true, mode: 0o700 });
      return `made ${dataDir}`;
    };
    return [hint(`${dataDir} does not exist yet`, 'the first start makes it', { mend })];
  },
};

/** Of the nearest directory there is. */
function volumeOf(dir: string) {
  let near = dir;
  while (!existsSync(near) && dirname(near) !== near) near = dirname(near);
  return statfs(near);
}

export const DISK: Check = {
  name: 'disk',
  about: 'every volume that holds data has ORCH_MIN_FREE_DISK_MB free; below it no agent starts',
  async look({ loaded: { config } }) {
    const needMb = config.agents.minFreeDiskMb;
    const rows = await Promise.all(
      directories(config).map(async ([, dir]) => {
        const { bavail, bsize } = await volumeOf(dir);
        return { dir, freeMb: Math.floor((bavail * bsize) / 1024 ** 2) };
      }),
    );
    const full = rows.filter(({ freeMb }) => freeMb < needMb);
    if (full.length > 0)
      return full.map(({ dir, freeMb }) =>
        problem(
          `${dir} has ${freeMb} MB free, ${needMb} are needed`,
          'free space, or lower ORCH_MIN_FREE_DISK_MB',
        ),
      );
    const least = Math.min(...rows.map(({ freeMb }) => freeMb));
    return [ok(`${(least / 1024).toFixed(1)} GB free`)];
  },
};

/** Files only their owner should read. */
const secretFiles = ({ env, home, loaded }: Parameters<Check['look']>[0]): string[] => [
  ...(loaded.envFile === undefined ? [] : [loaded.envFile]),
  ...Object.entries(env)
    .filter(([key, value]) => /^ORCH_\w+_FILE$/.test(key) && value?.trim())
    .filter(([key]) => loaded.sources.has(key.slice(0, -'_FILE'.length)))
    .map(([, value]) => resolve((value ?? '').trim().replace(/^~(?=\/)/, home))),
  loaded.config.db.path,
];

async function openToOthers(file: string): Promise<Found[]> {
  const mode = (await stat(file).catch(() => null))?.mode ?? 0;
  if ((mode & 0o077) === 0) return [];
  const mend = async () => {
    await chmod(file, 0o600);
    return `closed ${file} to others`;
  };
  const detail = `${file} is open to other users of this machine (mode ${(mode & 0o777).toString(8)})`;
  return [hint(detail, `chmod 600 ${file}`, { mend })];
}

export const PERMISSIONS: Check = {
  name: 'permissions',
  about: 'env file, secret files and database are readable by their owner alone',
  mends: 'chmod 600',
  async look(place) {
    const open = await Promise.all([...new Set(secretFiles(place))].map(openToOthers));
    return open.flat().length > 0 ? open.flat() : [ok('secrets and database are closed to others')];
  },
};
