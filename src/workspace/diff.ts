import { readPathCommits } from './history.ts';
import type { ChangedPath, DiffStat } from './mirror.ts';
import type { Repository } from './repository.ts';
import { repoPath } from './safe-path.ts';

const MAX_DIFF_BYTES = 1024 * 1024;
const CHANGES: Readonly<Record<string, ChangedPath['change']>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  T: 'type-changed',
};

/** Paths that differ, with the commits of the range that touched them (PIPE-67). */
export async function changedPaths(repo: Repository, from: string, to: string): Promise<ChangedPath[]> {
  const args = ['diff', '--name-status', '--no-renames', '-z', '--end-of-options', from, to];
  const fields = (await repo.git.text(repo.mirror, args)).split('\0').filter(Boolean);
  const commits = await readPathCommits(repo, from, to);
  const changed: ChangedPath[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const path = fields[i + 1] as string;
    changed.push({
      path,
      change: CHANGES[fields[i] as string] ?? 'modified',
      commits: commits.get(path) ?? [],
    });
  }
  return changed;
}

/** Files and lines of a difference; binary files count no lines. */
export async function diffStat(repo: Repository, from: string, to: string): Promise<DiffStat> {
  const args = ['diff', '--numstat', '--no-renames', '-z', '--end-of-options', from, to];
  const rows = (await repo.git.text(repo.mirror, args)).split('\0').filter(Boolean);
  const stat = { files: rows.length, insertions: 0, deletions: 0 };
  for (const row of rows) {
    const [added, deleted] = row.split('\t');
    stat.insertions += Number(added) || 0;
    stat.deletions += Number(deleted) || 0;
  }
  return stat;
}

/** Names of the paths that differ, sorted. */
export async function diffPaths(repo: Repository, from: string, to: string): Promise<string[]> {
  const args = ['diff', '--name-only', '--no-renames', '-z', '--end-of-options', from, to];
  return (await repo.git.text(repo.mirror, args)).split('\0').filter(Boolean).sort();
}

/** Unified diff without any program of the repository's choosing, cut at `maxBytes` characters. */
export async function diff(
  repo: Repository,
  request: { from: string; to: string; paths?: readonly string[]; maxBytes?: number },
): Promise<string> {
  const paths = (request.paths ?? []).map(repoPath);
  const plain = ['--no-color', '--no-ext-diff', '--no-textconv'];
  const args = ['diff', ...plain, '--end-of-options', request.from, request.to, '--', ...paths];
  return (await repo.git.text(repo.mirror, args)).slice(0, request.maxBytes ?? MAX_DIFF_BYTES);
}
