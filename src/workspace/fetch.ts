import type { GitPlace } from './git.ts';
import type { Repository } from './repository.ts';

/** Forge → mirror → shared clone (FORGE-70), pruning; the caller holds the project's mutex. */
export async function fetchAll(repo: Repository): Promise<void> {
  await repo.ensure();
  const { git, mirror, timeouts } = repo;
  const first = (await git.text(mirror, ['for-each-ref', '--count=1', 'refs/remotes/origin'])) === '';
  const args = [
    'fetch',
    '--quiet',
    '--prune',
    '--no-tags',
    repo.remote.url,
    '+refs/heads/*:refs/remotes/origin/*',
  ];
  await git.text(mirror, args, repo.remoteOptions(first ? timeouts.cloneMs : timeouts.fetchMs));
  await feedSharedClone(repo);
}

/** Mirror → shared clone: what agents see as `origin/*`. */
export async function feedSharedClone(repo: Repository): Promise<void> {
  const refspec = '+refs/remotes/origin/*:refs/remotes/origin/*';
  const args = ['fetch', '--quiet', '--prune', '--no-tags', repo.layout.mirror, refspec];
  await repo.git.text(repo.control, args, { timeoutMs: repo.timeouts.cloneMs });
}

/**
 * Takes one commit into the mirror and keeps it under `ref` when given: from the shared clone, by path, or from the forge, where
 * another host may have pushed it. The caller holds the project's mutex.
 */
export async function takeIntoMirror(repo: Repository, sha: string, ref?: string): Promise<void> {
  const { git, mirror, control } = repo;
  const knows = async (place: GitPlace): Promise<boolean> =>
    (await git.run(place, ['cat-file', '-e', `${sha}^{commit}`])).exitCode === 0;
  if (!(await knows(mirror))) {
    const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', repo.layout.control, sha];
    if (await knows(control)) await git.text(mirror, args, { timeoutMs: repo.timeouts.cloneMs });
    else await fetchAll(repo);
  }
  if (ref) await git.text(mirror, ['update-ref', ref, sha]);
}

/** What the forge itself says a ref is; null when it does not exist there. */
export async function remoteRef(repo: Repository, ref: string): Promise<string | null> {
  const args = ['ls-remote', repo.remote.url, ref];
  const out = await repo.git.text(repo.mirror, args, repo.remoteOptions(repo.timeouts.fetchMs));
  const line = out.split('\n').find((entry) => entry.endsWith(`\t${ref}`));
  return line?.split('\t')[0] ?? null;
}
