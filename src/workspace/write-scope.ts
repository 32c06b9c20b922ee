import { mayWrite, type WriteScope } from '../pipeline/write-scope.ts';
import type { GitPlace } from './git.ts';
import type { Repository } from './repository.ts';

/** Paths that differ between a commit and the index. */
export async function stagedPaths(repo: Repository, place: GitPlace, against: string): Promise<string[]> {
  const args = ['diff-index', '--cached', '--name-only', '--no-renames', '-z', against];
  return (await repo.git.text(place, args)).split('\0').filter(Boolean);
}

/** Repositories inside the worktree: as a link their content would be lost, so they are never committed. */
export async function stagedLinks(repo: Repository, place: GitPlace): Promise<string[]> {
  const args = ['diff-index', '--cached', '--no-renames', '--diff-filter=AT', '-z', 'HEAD'];
  const fields = (await repo.git.text(place, args)).split('\0');
  return fields.filter((_, n) => n % 2 === 1 && /^:\d+ 160000 /.test(fields[n - 1] ?? ''));
}

/** Puts paths of index and files back to what `source` has; absent there means removed. */
export async function restorePaths(
  repo: Repository,
  place: GitPlace,
  request: { source: string; paths: readonly string[]; indexOnly?: boolean },
): Promise<void> {
  if (request.paths.length === 0) return;
  const stdin = request.paths.map((file) => `${file}\0`).join('');
  const from = ['--pathspec-from-file=-', '--pathspec-file-nul'];
  const where = request.indexOnly ? ['--staged'] : ['--staged', '--worktree'];
  const args = ['restore', ...where, `--source=${request.source}`, ...from];
  await repo.git.text(place, args, { stdin });
}

/**
 * The paths of `start..HEAD` outside the scope (AGENT-1). What only came in from a newer main by a rebase or merge is
 * not the run's work and is left alone.
 */
export async function foreignPaths(
  repo: Repository,
  place: GitPlace,
  request: { startSha: string; scope: WriteScope },
): Promise<string[]> {
  const changed = (await stagedPaths(repo, place, request.startSha)).filter(
    (file) => !mayWrite(request.scope, file),
  );
  if (changed.length === 0) return [];
  const base = await newerBase(repo, place, request.startSha);
  if (base === null) return changed;
  const fromMain = new Set(await stagedPaths(repo, place, base));
  return changed.filter((file) => fromMain.has(file));
}

/** Merge base of HEAD with main when it is newer than the start's own. */
async function newerBase(repo: Repository, place: GitPlace, startSha: string): Promise<string | null> {
  const main = `refs/remotes/origin/${repo.main}`;
  const found = await repo.git.run(place, ['merge-base', 'HEAD', main]);
  if (found.exitCode !== 0) return null;
  const base = found.stdout.trim();
  const known = await repo.git.run(place, ['merge-base', '--is-ancestor', base, startSha]);
  return known.exitCode === 0 ? null : base;
}
