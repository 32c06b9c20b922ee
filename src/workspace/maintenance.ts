import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { faultOutcome } from './commit.ts';
import { branchDirName } from './names.ts';
import { push } from './push.ts';
import type { Repository } from './repository.ts';
import { removeStaleLocks } from './stale-locks.ts';
import { findWorktree } from './worktree-place.ts';
import { removeIfKept } from './worktrees.ts';

export interface MaintenanceRequest {
  /** Branches of tasks that are not terminal, or ended less than `ORCH_WORKTREE_KEEP_H` ago. */
  ownedBranches: readonly string[];
  /** Weekly, and only while no run of the project is alive (FORGE-70). */
  gc: boolean;
}

/** What `doctor` shows. */
export interface MaintenanceReport {
  removed: string[];
  /** Directories nobody owns that are not safe to remove (FORGE-76). */
  left: { path: string; reason: string }[];
  locks: string[];
  /** Archive refs the forge has now and had not before. */
  archived: string[];
}

/** Start and daily (FORGE-76, FORGE-77, FORGE-94); the caller holds the project's mutex. */
export async function maintain(repo: Repository, request: MaintenanceRequest): Promise<MaintenanceReport> {
  await repo.ensure();
  const locks = await removeStaleLocks(repo);
  const archived = await pushKeptArchives(repo);
  const owned = new Set(request.ownedBranches.map(branchDirName));
  const { checks, worktrees } = repo.layout;
  const report: MaintenanceReport = { removed: [], left: [], locks, archived };
  for (const root of [worktrees, checks]) {
    for (const name of await readdir(root).catch(() => [])) {
      if (owned.has(name) || name === '_checks' || name === '_home') continue;
      await collect(repo, path.join(root, name), report);
    }
  }
  await repo.git.text(repo.control, ['worktree', 'prune']);
  if (request.gc) await collectGarbage(repo);
  return report;
}

async function collect(repo: Repository, dir: string, report: MaintenanceReport): Promise<void> {
  const place = await findWorktree(repo, dir);
  const outcome = place
    ? await removeIfKept(repo, place)
    : ({ kind: 'kept', reason: 'git does not know it' } as const);
  if (outcome.kind === 'kept') report.left.push({ path: dir, reason: outcome.reason });
  else report.removed.push(dir);
}

/** Archives that could not be pushed when they were made: the mirror has them, the forge not yet. */
async function pushKeptArchives(repo: Repository): Promise<string[]> {
  try {
    const format = '--format=%(objectname) %(refname)';
    const kept = await repo.git.text(repo.mirror, ['for-each-ref', format, 'refs/archive']);
    if (kept === '') return [];
    const args = ['ls-remote', repo.remote.url, 'refs/archive/*', 'refs/tags/archive/*'];
    const known = await repo.git.text(repo.mirror, args, repo.remoteOptions(repo.timeouts.fetchMs));
    const there = new Set(known.split('\n').map((line) => line.split('\t')[0]));
    const pushed: string[] = [];
    for (const line of kept.split('\n')) {
      const [sha = '', ref = ''] = line.split(' ');
      if (there.has(sha)) continue;
      const outcome = await push(repo, { wid: ref.split('/')[2] ?? '', sha, ref });
      if (outcome.kind === 'pushed') pushed.push(ref);
    }
    return pushed;
  } catch (error) {
    repo.log.warn({ reason: faultOutcome(error).reason }, 'archives not pushed');
    return [];
  }
}

async function collectGarbage(repo: Repository): Promise<void> {
  for (const place of [repo.mirror, repo.control]) {
    const result = await repo.git.run(place, ['gc', '--quiet'], { timeoutMs: repo.timeouts.cloneMs });
    if (result.exitCode !== 0) repo.log.warn({ dir: place.gitDir, reason: result.stderr }, 'git gc failed');
  }
}
