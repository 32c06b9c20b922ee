import type { Role } from '../pipeline/stages.ts';
import { mayWrite, type WriteScope } from '../pipeline/write-scope.ts';
import { commitMessage, commitTree } from './commit.ts';
import type { GitPlace } from './git.ts';
import { saveLeftovers } from './leftovers.ts';
import { push } from './push.ts';
import { type Repository, worktreePath } from './repository.ts';
import { dropUnfinished, findWorktree, headOf, openWorktree, resetTo } from './worktree-place.ts';
import { foreignPaths, restorePaths, stagedLinks, stagedPaths } from './write-scope.ts';

/** Who and what a commit of a run belongs to; becomes its message and trailers (FORGE-86). */
export interface RunIdentity {
  wid: string;
  /** The task's project prefix. */
  prefix: string;
  stage: string;
  attempt: number;
  role: Role;
  runId: string;
}

export interface FinishRunRequest {
  branch: string;
  run: RunIdentity;
  /** Head the attempt started from; out-of-scope paths are restored from it. */
  startSha: string;
  /** Head the engine last recorded on the forge. */
  recordedHead: string;
  scope: WriteScope;
  /** Called immediately before the push; false refuses it. */
  fenceHolds?: () => Promise<boolean>;
}

/** After a finished run: committed, scope enforced, pushed (FORGE-88, AGENT-1, AGENT-49). */
export type FinishRunOutcome =
  | { kind: 'pushed'; head: string; restored: string[]; changed: boolean }
  | { kind: 'stale-base'; head: string; remoteHead: string | null; restored: string[] }
  | { kind: 'transient' | 'refused'; reason: string; head: string; restored: string[] };

export interface ArchiveRunRequest {
  branch: string;
  run: Omit<RunIdentity, 'role'> & { role?: Role };
  /** Outcome class of the run, or the actor of a stop. */
  why: { kind: 'incomplete'; class: string } | { kind: 'stopped'; actor: string };
  /** The worktree is reset to this after the archive is confirmed in the mirror. */
  recordedHead: string;
  /** The session may go on: the worktree stays as the run left it (FORGE-88, AGENT-25). */
  keepTree?: boolean;
}

/** `ref` null: there was nothing to save. `pushed` false: safe in the mirror, the forge has it later. */
export interface ArchivedRun {
  ref: string | null;
  sha: string | null;
  pushed: boolean;
}

/**
 * After a finished run (FORGE-88, AGENT-1, AGENT-48, AGENT-49): commits what is uncommitted and in scope, restores
 * what is outside the scope by a further commit, pushes plainly. The caller holds the project's mutex.
 */
export async function finishRun(repo: Repository, request: FinishRunRequest): Promise<FinishRunOutcome> {
  const { place } = await openOwn(repo, request.branch, request.recordedHead);
  await dropUnfinished(place);
  await repo.git.text(place, ['symbolic-ref', 'HEAD', `refs/heads/${request.branch}`]);
  const restored = await commitInScope(repo, place, request);
  const head = (await headOf(repo, place)) ?? request.recordedHead;
  const outcome = await push(repo, {
    wid: request.run.wid,
    sha: head,
    ref: `refs/heads/${request.branch}`,
    expectedHead: request.recordedHead,
    ...(request.fenceHolds ? { fenceHolds: request.fenceHolds } : {}),
  });
  switch (outcome.kind) {
    case 'pushed':
    case 'up-to-date':
      return { kind: 'pushed', head, restored, changed: head !== request.recordedHead };
    case 'foreign-push':
      return { kind: 'stale-base', head, remoteHead: outcome.found, restored };
    case 'fence-lost':
      return { kind: 'refused', reason: 'the run was replaced by a newer attempt', head, restored };
    default:
      return { ...outcome, head, restored };
  }
}

async function commitInScope(
  repo: Repository,
  place: GitPlace,
  request: FinishRunRequest,
): Promise<string[]> {
  const { run, startSha, scope } = request;
  await repo.git.text(place, ['add', '--all'], { timeoutMs: repo.timeouts.rebaseMs });
  const links = await stagedLinks(repo, place);
  await restorePaths(repo, place, { source: 'HEAD', paths: links, indexOnly: true });
  const uncommitted = (await stagedPaths(repo, place, 'HEAD')).filter((file) => !mayWrite(scope, file));
  await restorePaths(repo, place, { source: 'HEAD', paths: uncommitted });
  await commitIndex(repo, place, { run, subject: `${run.role}(${run.prefix}): auto-commit` });
  const committed = await foreignPaths(repo, place, { startSha, scope });
  await restorePaths(repo, place, { source: startSha, paths: committed });
  await commitIndex(repo, place, { run, subject: `${run.role}(${run.prefix}): restore paths out of scope` });
  return [...new Set([...links, ...uncommitted, ...committed])].sort();
}

/** Commits the index onto the branch; nothing to commit is not an error (FORGE-88). */
async function commitIndex(
  repo: Repository,
  place: GitPlace,
  commit: { run: RunIdentity; subject: string },
): Promise<void> {
  const tree = await repo.git.text(place, ['write-tree']);
  if (tree === (await repo.git.text(place, ['rev-parse', '--verify', 'HEAD^{tree}']))) return;
  const head = (await headOf(repo, place)) as string;
  const subject = `${commit.subject} from ${commit.run.role} run_id=${commit.run.runId}`;
  const message = commitMessage(subject, commit.run);
  const sha = await commitTree(repo, place, { tree, parents: [head], message, role: commit.run.role });
  await repo.git.text(place, ['update-ref', 'HEAD', sha, head]);
}

/**
 * Leftovers of a run that did not finish (FORGE-88): one archived commit, never on the task branch; then the
 * worktree is back at the recorded head, unless its session may go on in it. The caller holds the project's mutex.
 */
export async function archiveRun(repo: Repository, request: ArchiveRunRequest): Promise<ArchivedRun> {
  const place = await findWorktree(repo, worktreePath(repo.layout, request.branch));
  if (!place) return { ref: null, sha: null, pushed: true };
  await openOwn(repo, request.branch, request.recordedHead);
  const { run, recordedHead } = request;
  const saved = await saveLeftovers(repo, place, {
    wid: run.wid,
    recordedHead,
    role: run.role,
    message: commitMessage(leftoverSubject(request), run),
  });
  if (!request.keepTree) await resetTo(repo, place, request.branch, recordedHead);
  return saved ?? { ref: null, sha: null, pushed: true };
}

function leftoverSubject({ run, why }: ArchiveRunRequest): string {
  if (why.kind === 'stopped') return `wip: stopped by ${why.actor}`;
  const role = run.role ?? 'engine';
  return `${role}(${run.prefix}): auto-commit from ${role} run_id=${run.runId} (incomplete: ${why.class})`;
}

async function openOwn(repo: Repository, branch: string, sha: string) {
  await repo.ensure();
  return openWorktree(repo, worktreePath(repo.layout, branch), { branch, sha });
}
