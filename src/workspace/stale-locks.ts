import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Repository } from './repository.ts';

/** A lock of a live git of ours is never this old: every call has a time-out far below. */
const STALE_AFTER_MS = 10 * 60_000;

/** Removes lock files dead processes left in mirror and shared clone (FORGE-77); the caller holds the mutex. */
export async function removeStaleLocks(repo: Repository): Promise<string[]> {
  const removed: string[] = [];
  for (const dir of [repo.layout.mirror, repo.layout.shared]) {
    for (const name of await readdir(dir, { recursive: true }).catch(() => [])) {
      if (!name.endsWith('.lock') || name.startsWith('objects/')) continue;
      const file = path.join(dir, name);
      const found = await stat(file).catch(() => null);
      if (!found?.isFile() || repo.now() - found.mtimeMs < STALE_AFTER_MS) continue;
      await rm(file, { force: true });
      repo.log.warn({ file }, 'stale git lock removed');
      removed.push(file);
    }
  }
  return removed;
}
