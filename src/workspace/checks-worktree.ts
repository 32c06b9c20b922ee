import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fetchAll } from './fetch.ts';
import type { GitPlace } from './git.ts';
import { assertBranch, assertSha, branchDirName } from './names.ts';
import type { Repository } from './repository.ts';
import { below } from './safe-path.ts';
import { openWorktree } from './worktree-place.ts';

const LOCK_FILE =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|poetry\.lock|uv\.lock|Pipfile\.lock|requirements[^/]*\.txt|Cargo\.lock|go\.sum|composer\.lock|Gemfile\.lock|mix\.lock)$/;

/** A clean checkout for a check command (FORGE-40). */
export interface ChecksWorktree {
  dir: string;
  /** True when the registry's `setup` has to run first: new, or a lock file changed since it last succeeded. */
  needsSetup: boolean;
  /** Remembers that `setup` succeeded for this content. */
  setupDone(): Promise<void>;
}

/** Checks out exactly `sha`; ignored files such as installed dependencies stay. The caller holds the mutex. */
export async function openChecksWorktree(
  repo: Repository,
  request: { branch: string; sha: string },
): Promise<ChecksWorktree> {
  const { branch, sha } = request;
  assertBranch(branch);
  assertSha(sha);
  await repo.ensure();
  if ((await repo.git.run(repo.control, ['cat-file', '-e', `${sha}^{commit}`])).exitCode !== 0)
    await fetchAll(repo);
  const dir = below(repo.layout.checks, branchDirName(branch));
  const { place } = await openWorktree(repo, dir, { detach: sha });
  const timeoutMs = repo.timeouts.rebaseMs;
  await repo.git.text(place, ['checkout', '--quiet', '--force', '--detach', sha], { timeoutMs });
  await repo.git.text(place, ['clean', '-ffd', '--quiet'], { timeoutMs });
  const stamp = path.join(place.gitDir, 'orchestrator-setup');
  const key = await lockFilesKey(repo, place);
  const done = await readFile(stamp, 'utf8').catch(() => '');
  return { dir, needsSetup: done !== key, setupDone: () => writeFile(stamp, key) };
}

/** Removes the checks worktree of a branch; absent counts as done. The caller holds the mutex. */
export async function removeChecksWorktree(repo: Repository, branch: string): Promise<void> {
  assertBranch(branch);
  await repo.ensure();
  const dir = below(repo.layout.checks, branchDirName(branch));
  await repo.git.run(repo.control, ['worktree', 'remove', '--force', dir], {
    timeoutMs: repo.timeouts.rebaseMs,
  });
  await rm(dir, { recursive: true, force: true });
  await repo.git.run(repo.control, ['worktree', 'prune']);
}

async function lockFilesKey(repo: Repository, place: GitPlace): Promise<string> {
  const out = await repo.git.text(place, ['ls-tree', '-r', '-z', '--full-tree', 'HEAD']);
  const locks = out.split('\0').filter((line) => LOCK_FILE.test(line.slice(line.indexOf('\t') + 1)));
  return createHash('sha256').update(locks.join('\0')).digest('hex');
}
