import { commitMessage } from './commit.ts';
import { fetchAll } from './fetch.ts';
import type { GitPlace } from './git.ts';
import { saveLeftovers, saveStrayBranch } from './leftovers.ts';
import { assertBranch, assertSha } from './names.ts';
import { type Repository, worktreePath } from './repository.ts';
import { findWorktree, headOf, isClean, openWorktree, resetTo } from './worktree-place.ts';

export interface EnsureWorktreeRequest {
  branch: string;
  wid: string;
  /** HEAD must be this (FORGE-73). */
  recordedHead: string;
  /** A resumed session keeps its uncommitted work and its commits (AGENT-25). */
  resume?: boolean;
}

export interface TaskWorktree {
  /** Absolute path, a pure function of repo and branch (FORGE-72). */
  path: string;
  branch: string;
  head: string;
  /** Archive ref of leftovers found and saved, if any. */
  archived: string | null;
}

export interface RemoveWorktreeRequest {
  branch: string;
  wid: string;
  /** Live processes and run markers are the caller's knowledge; true refuses (FORGE-75). */
  busy: boolean;
}
export type RemoveWorktreeOutcome =
  | { kind: 'removed' }
  | { kind: 'absent' }
  | { kind: 'kept'; reason: string };

/** FORGE-73; the caller holds the project's mutex. Nothing is discarded before it is archived. */
export async function ensureWorktree(
  repo: Repository,
  request: EnsureWorktreeRequest,
): Promise<TaskWorktree> {
  const { branch, wid, recordedHead } = request;
  assertBranch(branch);
  assertSha(recordedHead);
  await repo.ensure();
  await needCommit(repo, recordedHead);
  const dir = worktreePath(repo.layout, branch);
  const existing = await findWorktree(repo, dir);
  if (request.resume && existing) {
    const { place } = await openWorktree(repo, dir, { branch, sha: recordedHead });
    return { path: dir, branch, head: (await headOf(repo, place)) ?? recordedHead, archived: null };
  }
  const stray = existing ? null : await saveStrayBranch(repo, branch, request);
  const { place, added } = await openWorktree(repo, dir, { branch, sha: recordedHead });
  const message = commitMessage('wip: left by an earlier run', { wid, stage: 'unknown', attempt: 0 });
  const saved = added ? stray : await saveLeftovers(repo, place, { wid, recordedHead, message });
  await resetTo(repo, place, branch, recordedHead);
  if (saved) repo.log.warn({ wid, branch, ref: saved.ref }, 'leftovers archived');
  return { path: dir, branch, head: recordedHead, archived: saved?.ref ?? null };
}

/** FORGE-75: removes a task's worktree only when everything in it is on the forge or archived. */
export async function removeWorktree(
  repo: Repository,
  request: RemoveWorktreeRequest,
): Promise<RemoveWorktreeOutcome> {
  assertBranch(request.branch);
  if (request.busy) return { kind: 'kept', reason: 'a run is still alive in it' };
  await repo.ensure();
  const dir = worktreePath(repo.layout, request.branch);
  const place = await findWorktree(repo, dir);
  const outcome: RemoveWorktreeOutcome = place ? await removeIfKept(repo, place) : { kind: 'absent' };
  if (outcome.kind === 'kept') return outcome;
  await repo.git.run(repo.control, ['update-ref', '-d', `refs/heads/${request.branch}`]);
  return outcome;
}

/** Removes a worktree through git, only if it is clean and its head is on the forge or archived (FORGE-76). */
export async function removeIfKept(
  repo: Repository,
  place: GitPlace,
): Promise<Extract<RemoveWorktreeOutcome, { kind: 'removed' | 'kept' }>> {
  const head = await headOf(repo, place);
  if (!(await isClean(repo, place))) return { kind: 'kept', reason: 'it has uncommitted changes' };
  if (head !== null && !(await isKept(repo, head)))
    return { kind: 'kept', reason: `its head ${head.slice(0, 7)} is neither on the forge nor archived` };
  const args = ['worktree', 'remove', '--force', place.workTree as string];
  await repo.git.text(repo.control, args, { timeoutMs: repo.timeouts.rebaseMs });
  return { kind: 'removed' };
}

/** The mirror knows a ref (of the forge or of an archive) that contains the commit. */
async function isKept(repo: Repository, sha: string): Promise<boolean> {
  const args = ['for-each-ref', '--count=1', `--contains=${sha}`, 'refs/remotes/origin', 'refs/archive'];
  const found = await repo.git.run(repo.mirror, args);
  return found.exitCode === 0 && found.stdout !== '';
}

async function needCommit(repo: Repository, sha: string): Promise<void> {
  const known = await repo.git.run(repo.control, ['cat-file', '-e', `${sha}^{commit}`]);
  if (known.exitCode !== 0) await fetchAll(repo);
}
