import type { Git } from './git.ts';
import { utcStamp } from './names.ts';
import type { Repository } from './repository.ts';

/** `merge-tree --write-tree` and safe configuration by environment are there since. */
const OLDEST_GIT = [2, 38] as const;

/** Version of the git we start, and whether it is new enough (FORGE-107); throws when there is none. */
export async function probeGit(git: Git, dir: string): Promise<{ version: string; enough: boolean }> {
  const said = await git.text({ gitDir: dir }, ['version']);
  const version = /(\d+)\.(\d+)[\w.]*/.exec(said);
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)];
  const enough = major > OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor >= OLDEST_GIT[1]);
  return { version: version?.[0] ?? said, enough };
}

/**
 * Whether the forge takes refs outside `heads` and `tags` (FORGE-93, FORGE-107): a test ref is created and removed.
 * `unknown` when the forge could not be asked. The caller holds the mutex.
 */
export async function probeArchiveRefs(repo: Repository): Promise<'accepted' | 'refused' | 'unknown'> {
  await repo.ensure();
  const main = `refs/remotes/origin/${repo.main}`;
  const found = await repo.git.run(repo.mirror, ['rev-parse', '--verify', '--quiet', main]);
  if (found.exitCode !== 0) return 'unknown';
  const ref = `refs/archive/_doctor/${utcStamp(repo.now())}`;
  const push = async (refspec: string) => {
    const args = ['push', '--porcelain', '--no-verify', repo.remote.url, refspec];
    return repo.git.run(repo.mirror, args, repo.remoteOptions(repo.timeouts.pushMs));
  };
  const created = await push(`${found.stdout.trim()}:${ref}`);
  if (created.exitCode !== 0) return created.stdout.includes('!\t') ? 'refused' : 'unknown';
  await push(`:${ref}`);
  return 'accepted';
}
