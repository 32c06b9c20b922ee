import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../errors.ts';
import type { GitPlace } from './git.ts';
import { utcStamp } from './names.ts';
import type { Repository } from './repository.ts';

/** Git's place for a worktree, with configuration of ours (FORGE-103); null when it is not registered. */
export async function findWorktree(repo: Repository, dir: string): Promise<GitPlace | null> {
  const admin = path.join(repo.layout.shared, 'worktrees');
  for (const id of await readdir(admin).catch(() => [])) {
    const pointer = await readFile(path.join(admin, id, 'gitdir'), 'utf8').catch(() => '');
    if (pointer.trim() !== path.join(dir, '.git')) continue;
    const stat = await lstat(dir).catch(() => null);
    if (!stat?.isDirectory()) return null;
    const place = { gitDir: path.join(admin, id), commonDir: repo.layout.control, workTree: dir };
    await tidy(place);
    return place;
  }
  return null;
}

/**
 * The registered worktree at `dir`, added when it is missing. `checkout` is a branch (created or left where it is)
 * or a commit to detach at; no file is written yet: the caller resets it.
 */
export async function openWorktree(
  repo: Repository,
  dir: string,
  checkout: { branch: string; sha: string } | { detach: string },
): Promise<{ place: GitPlace; added: boolean }> {
  const found = await findWorktree(repo, dir);
  if (found) return { place: found, added: false };
  await moveAside(repo, dir);
  await repo.git.text(repo.control, ['worktree', 'prune']);
  await mkdir(path.dirname(dir), { recursive: true });
  const args = ['worktree', 'add', '--quiet', '--force', '--no-checkout'];
  const target =
    'branch' in checkout ? ['-B', checkout.branch, dir, checkout.sha] : ['--detach', dir, checkout.detach];
  await repo.git.text(repo.control, [...args, ...target], { timeoutMs: repo.timeouts.rebaseMs });
  const place = await findWorktree(repo, dir);
  if (!place)
    throw new AppError('worktree-lost', `Expected git to register the worktree ${dir}, found nothing.`);
  return { place, added: true };
}

/**
 * Removes what a killed git leaves behind and points worktree and shared clone at each other again: git takes refs by
 * the `commondir` file even where the environment names another directory.
 */
async function tidy(place: GitPlace): Promise<void> {
  await replaceFile(path.join(place.gitDir, 'commondir'), '../..\n');
  for (const lock of ['index.lock', 'HEAD.lock']) await rm(path.join(place.gitDir, lock), { force: true });
  await replaceFile(path.join(place.workTree as string, '.git'), `gitdir: ${place.gitDir}\n`);
}

/** Writes a file of ours where an agent could have put a link or a directory; never through a link. */
async function replaceFile(file: string, content: string): Promise<void> {
  const stat = await lstat(file).catch(() => null);
  if (stat?.isFile() && (await readFile(file, 'utf8')) === content) return;
  await rm(file, { recursive: true, force: true });
  await writeFile(file, content, { flag: 'wx' });
}

/** A directory git does not know is nobody's to delete: it keeps its content under another name. */
async function moveAside(repo: Repository, dir: string): Promise<void> {
  const stat = await lstat(dir).catch(() => null);
  if (stat === null) return;
  if (stat.isDirectory() && (await readdir(dir)).length === 0) return;
  const aside = `${dir}.unknown-${utcStamp(repo.now())}`;
  await rename(dir, aside);
  repo.log.warn({ dir, aside }, 'unknown directory moved aside');
}

/** HEAD commit of a worktree; null when it has none. */
export async function headOf(repo: Repository, place: GitPlace): Promise<string | null> {
  const found = await repo.git.run(place, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  return found.exitCode === 0 ? found.stdout.trim() : null;
}

/** True when nothing is uncommitted; ignored files do not count. */
export async function isClean(repo: Repository, place: GitPlace): Promise<boolean> {
  const args = ['status', '--porcelain', '--untracked-files=all', '--ignore-submodules=none'];
  return (await repo.git.text(place, args, { timeoutMs: repo.timeouts.rebaseMs })) === '';
}

const UNFINISHED = [
  'rebase-merge',
  'rebase-apply',
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'BISECT_LOG',
];

/** Forgets a rebase, merge or cherry-pick in progress; files and HEAD stay for the caller to save. */
export async function dropUnfinished(place: GitPlace): Promise<boolean> {
  let dropped = false;
  for (const name of UNFINISHED) {
    const file = path.join(place.gitDir, name);
    if ((await lstat(file).catch(() => null)) === null) continue;
    await rm(file, { recursive: true, force: true });
    dropped = true;
  }
  return dropped;
}

/** Branch, HEAD, index and files all at `sha`; ignored files stay. Everything else must be saved before. */
export async function resetTo(repo: Repository, place: GitPlace, branch: string, sha: string): Promise<void> {
  const timeoutMs = repo.timeouts.rebaseMs;
  await repo.git.text(place, ['symbolic-ref', 'HEAD', `refs/heads/${branch}`]);
  await repo.git.text(place, ['reset', '--hard', '--quiet', sha], { timeoutMs });
  await repo.git.text(place, ['clean', '-ffd', '--quiet'], { timeoutMs });
}
