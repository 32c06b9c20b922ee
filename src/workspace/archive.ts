import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { faultOutcome } from './commit.ts';
import { remoteRef, takeIntoMirror } from './fetch.ts';
import { utcStamp } from './names.ts';
import { push } from './push.ts';
import type { Repository } from './repository.ts';
import type { ArchiveBranchOutcome } from './task-branch.ts';

/** Where a commit was saved. `pushed` false: only the mirror has it so far. */
export interface Archived {
  ref: string;
  pushed: boolean;
}

/** Keeps a commit under `refs/archive/<wid>/<utc>`: in the mirror first, then on the forge (FORGE-88). */
export async function archiveCommit(repo: Repository, wid: string, sha: string): Promise<Archived> {
  const ref = (await archiveRefOf(repo, wid, sha)) ?? (await freeArchiveRef(repo, wid));
  await takeIntoMirror(repo, sha, ref);
  const outcome = await push(repo, { wid, sha, ref });
  if (outcome.kind === 'pushed' || outcome.kind === 'up-to-date') return { ref, pushed: true };
  if (outcome.kind === 'refused') {
    const tag = tagOf(ref);
    const second = await push(repo, { wid, sha, ref: tag });
    if (second.kind === 'pushed' || second.kind === 'up-to-date') return { ref: tag, pushed: true };
  }
  repo.log.warn({ wid, ref, outcome: outcome.kind }, 'archive kept in the mirror only');
  return { ref, pushed: false };
}

/**
 * FORGE-93, first half: the head of a task branch as the forge has it is saved and read back. Only after
 * `archived` or `bundled` may the branch be deleted.
 */
export async function archiveBranch(
  repo: Repository,
  request: { wid: string; branch: string; bundleDir: string },
): Promise<ArchiveBranchOutcome> {
  const { wid, branch } = request;
  if (branch === repo.main)
    return { kind: 'failed', reason: `${branch} is the main branch and is never removed` };
  try {
    await repo.ensure();
    const sha = await remoteRef(repo, `refs/heads/${branch}`);
    if (sha === null) return { kind: 'absent' };
    await fetchBranch(repo, branch);
    const archived = await archiveCommit(repo, wid, sha);
    if (archived.pushed && (await remoteRef(repo, archived.ref)) === sha)
      return { kind: 'archived', ref: archived.ref, sha };
    return { kind: 'bundled', file: await bundle(repo, { ...request, sha }), sha };
  } catch (error) {
    return { kind: 'failed', reason: faultOutcome(error).reason };
  }
}

/**
 * The newest archived work on top of the archived branch head `kept`: what a stopped or broken run left, also on another
 * host. Null where there is none, or where it cannot be told.
 */
export async function newestLeftovers(
  repo: Repository,
  { wid, kept }: { wid: string; kept: string },
): Promise<string | null> {
  const refs = `refs/archive/${wid}/*`;
  const options = repo.remoteOptions(repo.timeouts.fetchMs);
  await repo.git.run(
    repo.mirror,
    ['fetch', '--quiet', '--no-tags', repo.remote.url, `${refs}:${refs}`],
    options,
  );
  const head = await repo.git.run(repo.mirror, ['rev-parse', '--verify', '--quiet', `${kept}^{commit}`]);
  if (head.exitCode !== 0) return null;
  const sha = head.stdout.trim();
  const order = ['--sort=-refname', '--sort=-committerdate'];
  const args = ['for-each-ref', `--contains=${sha}`, ...order, '--format=%(objectname) %(refname)'];
  const found = await repo.git.run(repo.mirror, [...args, `refs/archive/${wid}`]);
  const lines = found.stdout.split('\n').filter((line) => line !== '' && !line.startsWith(sha));
  return lines[0]?.split(' ')[1] ?? null;
}

async function fetchBranch(repo: Repository, branch: string): Promise<void> {
  const args = [
    'fetch',
    '--quiet',
    '--no-tags',
    repo.remote.url,
    `+refs/heads/${branch}:refs/remotes/origin/${branch}`,
  ];
  await repo.git.text(repo.mirror, args, repo.remoteOptions(repo.timeouts.fetchMs));
}

/** An archive ref of this very commit: the step was done before. */
async function archiveRefOf(repo: Repository, wid: string, sha: string): Promise<string | null> {
  const args = ['for-each-ref', `--points-at=${sha}`, '--format=%(refname)', `refs/archive/${wid}`];
  const found = await repo.git.run(repo.mirror, args);
  return found.exitCode === 0 ? found.stdout.split('\n')[0] || null : null;
}

async function freeArchiveRef(repo: Repository, wid: string): Promise<string> {
  const stamp = `refs/archive/${wid}/${utcStamp(repo.now())}`;
  for (let n = 1; ; n += 1) {
    const ref = n === 1 ? stamp : `${stamp}-${n}`;
    const found = await repo.git.run(repo.mirror, ['rev-parse', '--verify', '--quiet', ref]);
    if (found.exitCode !== 0) return ref;
  }
}

const tagOf = (ref: string): string => ref.replace(/^refs\/archive\//, 'refs/tags/archive/');

async function bundle(
  repo: Repository,
  request: { wid: string; bundleDir: string; sha: string },
): Promise<string> {
  const ref = (await archiveRefOf(repo, request.wid, request.sha)) ?? 'HEAD';
  await mkdir(request.bundleDir, { recursive: true });
  const file = path.join(request.bundleDir, `${request.wid}-${utcStamp(repo.now())}.bundle`);
  const timeoutMs = repo.timeouts.cloneMs;
  await repo.git.text(repo.mirror, ['bundle', 'create', '--quiet', file, ref], { timeoutMs });
  await repo.git.text(repo.mirror, ['bundle', 'verify', '--quiet', file], { timeoutMs });
  return file;
}
