import { DELIVERY_STAGE } from '../pipeline/stages.ts';
import { openChecksWorktree, removeChecksWorktree } from './checks-worktree.ts';
import { commitMessage, commitTree, faultOutcome } from './commit.ts';
import { fetchAll } from './fetch.ts';
import type { GitPlace } from './git.ts';
import { assertSha } from './names.ts';
import { push } from './push.ts';
import type { Repository } from './repository.ts';
import { findWorktree, headOf } from './worktree-place.ts';

export interface RevertRequest {
  wid: string;
  /** `revert/<wid>-<YYYYMMDDHHMMSS>` (SHIP-136). */
  branch: string;
  /** What landed; with a fast-forward its commits since `baseSha` are reverted together. */
  landedSha: string;
  baseSha: string;
  attempt: number;
}

export type RevertOutcome =
  | { kind: 'created'; head: string; baseSha: string }
  /** Later commits on main changed the same lines; a person has to do it. */
  | { kind: 'conflict'; files: string[] }
  | { kind: 'refused' | 'transient'; reason: string };

/** Creates a branch from main with one commit that undoes what landed (SHIP-136); the caller holds the mutex. */
export async function startRevert(repo: Repository, request: RevertRequest): Promise<RevertOutcome> {
  try {
    assertSha(request.landedSha);
    assertSha(request.baseSha);
    await fetchAll(repo);
    const main = `refs/remotes/origin/${repo.main}`;
    const baseSha = await repo.git.text(repo.mirror, ['rev-parse', '--verify', main]);
    const { dir } = await openChecksWorktree(repo, { branch: request.branch, sha: baseSha });
    const place = (await findWorktree(repo, dir)) as GitPlace;
    try {
      return await revertIn(repo, place, { ...request, mainSha: baseSha });
    } finally {
      await removeChecksWorktree(repo, request.branch);
    }
  } catch (error) {
    return faultOutcome(error);
  }
}

async function revertIn(
  repo: Repository,
  place: GitPlace,
  request: RevertRequest & { mainSha: string },
): Promise<RevertOutcome> {
  const { wid, landedSha, baseSha, mainSha } = request;
  const parents = await repo.git.text(place, ['show', '--no-patch', '--format=%P', landedSha]);
  const what = parents.includes(' ') ? ['--mainline', '1', landedSha] : [`${baseSha}..${landedSha}`];
  const timeoutMs = repo.timeouts.rebaseMs;
  const reverted = await repo.git.run(place, ['revert', '--no-commit', ...what], { timeoutMs });
  if (reverted.exitCode !== 0) {
    const out = await repo.git.text(place, ['diff', '--name-only', '--diff-filter=U', '-z']);
    return { kind: 'conflict', files: out.split('\0').filter(Boolean) };
  }
  const tree = await repo.git.text(place, ['write-tree']);
  const message = commitMessage(`revert: ${wid}`, { wid, stage: DELIVERY_STAGE, attempt: request.attempt });
  const sha = await commitTree(repo, place, { tree, parents: [mainSha], message });
  await repo.git.text(place, ['update-ref', 'HEAD', sha, (await headOf(repo, place)) ?? mainSha]);
  const outcome = await push(repo, { wid, sha, ref: `refs/heads/${request.branch}` });
  if (outcome.kind === 'pushed' || outcome.kind === 'up-to-date')
    return { kind: 'created', head: sha, baseSha: mainSha };
  if (outcome.kind === 'refused' || outcome.kind === 'transient') return outcome;
  return { kind: 'refused', reason: `${request.branch} exists on the forge` };
}
