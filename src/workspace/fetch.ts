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

/** Shared clone → mirror, by path: takes exactly one commit and keeps it under `ref` when given. */
export async function takeIntoMirror(repo: Repository, sha: string, ref?: string): Promise<void> {
  const { git, mirror } = repo;
  const known = await git.run(mirror, ['cat-file', '-e', `${sha}^{commit}`]);
  if (known.exitCode !== 0) {
    const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', repo.layout.control, sha];
    await git.text(mirror, args, { timeoutMs: repo.timeouts.cloneMs });
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
