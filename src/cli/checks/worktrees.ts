import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { openDb } from '../../db/open.ts';
import { createTaskStore } from '../../db/tasks.ts';
import { branchDirName } from '../../workspace/names.ts';
import { layoutOf } from '../../workspace/repository.ts';
import { findStaleLocks } from '../../workspace/stale-locks.ts';
import type { Check, Place } from './check.ts';
import { type Found, hint, ok } from './finding.ts';

const TASKS_MAX = 10_000;

/** Directory names of every task of a repository; null where the database does not tell. */
function known({ config }: Place['loaded'], repo: string): Set<string> | null {
  if (!existsSync(config.db.path)) return null;
  const db = openDb({ file: config.db.path, readonly: true });
  try {
    const page = { kind: 'all' as const, repo, scope: null, offset: 0, limit: TASKS_MAX };
    return new Set(
      createTaskStore(db)
        .list(page)
        .tasks.map(({ branch }) => branchDirName(branch)),
    );
  } finally {
    db.$client.close();
  }
}

/** Our own helpers beside the worktrees of tasks. */
const isOurs = (name: string): boolean => name.startsWith('_');

async function unowned(loaded: Place['loaded'], repo: string): Promise<Found[]> {
  const tasks = known(loaded, repo);
  if (tasks === null) return [];
  const { worktrees } = layoutOf(loaded.config.forge.reposDir, repo);
  const names = await readdir(worktrees).catch((): string[] => []);
  return names
    .filter((name) => !isOurs(name) && !tasks.has(name))
    .map((name) => {
      const dir = path.join(worktrees, name);
      return hint(
        `${dir} belongs to no task`,
        'look into it; the daily upkeep removes it once its work is kept',
        { of: repo },
      );
    });
}

async function staleLocks({ loaded, now }: Place, repo: string): Promise<Found[]> {
  const stale = await findStaleLocks(layoutOf(loaded.config.forge.reposDir, repo), now());
  return stale.map((file) => {
    const mend = async () => {
      await rm(file, { force: true });
      return `removed ${file}`;
    };
    return hint(`${file} was left by a git that is gone`, `rm ${file}`, { of: repo, mend });
  });
}

export const WORKTREES: Check = {
  name: 'worktrees',
  about: 'every worktree belongs to a task, and no git left a lock behind (FORGE-76, FORGE-77, FORGE-107)',
  mends: 'removes locks older than ten minutes',
  async look(place) {
    const { loaded } = place;
    const used = loaded.projects.filter(({ repo }) =>
      existsSync(layoutOf(loaded.config.forge.reposDir, repo).mirror),
    );
    const found = await Promise.all(
      used.flatMap(({ repo }) => [unowned(loaded, repo), staleLocks(place, repo)]),
    );
    return found.flat().length > 0 || used.length === 0
      ? found.flat()
      : [ok(`${used.length} repositories are tidy`)];
  },
};
