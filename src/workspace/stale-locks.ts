import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Layout, Repository } from './repository.ts';

/** A lock of a live git of ours is never this old: every call has a time-out far below. */
const STALE_AFTER_MS = 10 * 60_000;

/** Lock files dead processes left in mirror and shared clone (FORGE-77). */
export async function findStaleLocks(
  { mirror, shared }: Pick<Layout, 'mirror' | 'shared'>,
  now: number,
): Promise<string[]> {
  const stale: string[] = [];
  for (const dir of [mirror, shared]) {
    for (const name of await readdir(dir, { recursive: true }).catch(() => [])) {
      if (!name.endsWith('.lock') || name.startsWith('objects/')) continue;
      const file = path.join(dir, name);
      const found = await stat(file).catch(() => null);
      if (found?.isFile() && now - found.mtimeMs >= STALE_AFTER_MS) stale.push(file);
    }
  }
  return stale;
}

/** Removes them; the caller holds the mutex. */
export async function removeStaleLocks(repo: Repository): Promise<string[]> {
  const stale = await findStaleLocks(repo.layout, repo.now());
  for (const file of stale) {
    await rm(file, { force: true });
    repo.log.warn({ file }, 'stale git lock removed');
  }
  return stale;
}
