import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { GitPlace } from './git.ts';
import type { Repository } from './repository.ts';

/** Runs a task with an index file of its own, so that no worktree's index is touched. */
export async function withTemporaryIndex<T>(
  repo: Repository,
  task: (env: { GIT_INDEX_FILE: string }) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(path.join(repo.layout.mirror, 'index-'));
  try {
    return await task({ GIT_INDEX_FILE: path.join(dir, 'index') });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Blobs to put into a tree; null removes the path. */
export type TreeEdit = ReadonlyMap<string, { mode: string; blob: string } | null>;

/** Tree of `base` with the edits applied, written to `place`. */
export async function editTree(
  repo: Repository,
  place: GitPlace,
  base: string,
  edit: TreeEdit,
): Promise<string> {
  return withTemporaryIndex(repo, async (env) => {
    await repo.git.text(place, ['read-tree', base], { env });
    const lines = [...edit].map(([file, entry]) =>
      entry === null ? `0 ${'0'.repeat(40)}\t${file}` : `${entry.mode} ${entry.blob}\t${file}`,
    );
    const stdin = lines.map((line) => `${line}\0`).join('');
    await repo.git.text(place, ['update-index', '-z', '--add', '--index-info'], { env, stdin });
    return repo.git.text(place, ['write-tree'], { env });
  });
}

/** Tree id without the artefact paths: what an image is built from (delivery.md, "source tree"). */
export async function sourceTreeOf(
  repo: Repository,
  sha: string,
  artefactPaths: readonly string[],
): Promise<string> {
  const prefixes = artefactPaths.map((prefix) => prefix.replace(/\/+$/, '')).filter(Boolean);
  const out = await repo.git.text(repo.mirror, ['ls-tree', '-r', '-z', '--full-tree', sha]);
  const kept = out.split('\0').filter((line) => {
    const file = line.slice(line.indexOf('\t') + 1);
    return line !== '' && !prefixes.some((prefix) => file === prefix || file.startsWith(`${prefix}/`));
  });
  return withTemporaryIndex(repo, async (env) => {
    const stdin = kept.map((line) => `${line}\0`).join('');
    await repo.git.text(repo.mirror, ['update-index', '-z', '--add', '--index-info'], { env, stdin });
    return repo.git.text(repo.mirror, ['write-tree'], { env });
  });
}

/** Writes the files of a commit into `dir`, without attributes, filters or a worktree of git's. */
export async function exportTree(repo: Repository, sha: string, dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const place = { ...repo.mirror, workTree: dir };
  await withTemporaryIndex(repo, async (env) => {
    await repo.git.text(place, ['read-tree', sha], { env });
    await repo.git.text(place, ['checkout-index', '--all', '--force'], {
      env,
      timeoutMs: repo.timeouts.cloneMs,
    });
  });
}
