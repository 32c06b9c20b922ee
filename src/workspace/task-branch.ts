import { commitMessage, commitTree, faultOutcome, writeBlob } from './commit.ts';
import { fetchAll, takeIntoMirror } from './fetch.ts';
import { readLog } from './history.ts';
import { assertBranch } from './names.ts';
import { push } from './push.ts';
import type { Repository } from './repository.ts';
import type { RunIdentity } from './run-commit.ts';
import { repoPath } from './safe-path.ts';
import { editTree } from './trees.ts';

export interface StartBranchRequest {
  wid: string;
  prefix: string;
  branch: string;
  /** Content of `docs/work-items/<wid>/00-business-request.md` (PIPE section 13). */
  businessRequest: string;
}
/**
 * `existed`: this very start was done before (same first commit); idempotent. `head` lies behind `start` where a run
 * whose result was lost has pushed since.
 */
export type StartBranchOutcome =
  | { kind: 'created' | 'existed'; start: string; head: string; baseSha: string }
  | { kind: 'taken' | 'refused' | 'transient'; reason: string };

export interface CommitFilesRequest {
  wid: string;
  branch: string;
  /** Recorded head; the push is refused as `foreign-push` when the forge has another. */
  parent: string;
  /** Path below `docs/work-items/<wid>/` → UTF-8 content. */
  files: Readonly<Record<string, string>>;
  subject: string;
  run: Pick<RunIdentity, 'stage' | 'attempt'> & { runId?: string };
}
export type CommitFilesOutcome =
  | { kind: 'pushed' | 'unchanged'; head: string }
  | { kind: 'foreign-push'; expected: string | null; found: string | null }
  | { kind: 'refused' | 'transient'; reason: string };

/** FORGE-93, first half: the head is safe outside the branch. `bundle` is a file path. */
export type ArchiveBranchOutcome =
  | { kind: 'archived'; ref: string; sha: string }
  | { kind: 'bundled'; file: string; sha: string }
  | { kind: 'absent' }
  | { kind: 'failed'; reason: string };

/** Creates the task branch from a freshly fetched main (FORGE-65) with its first commit; idempotent. */
export async function startBranch(
  repo: Repository,
  request: StartBranchRequest,
): Promise<StartBranchOutcome> {
  const { wid, branch } = request;
  try {
    assertBranch(branch);
    await fetchAll(repo);
    const taken = await headOnForge(repo, branch);
    if (taken) return await ownStart(repo, request, taken);
    const baseSha = await headOnForge(repo, repo.main);
    if (!baseSha) return { kind: 'refused', reason: `the forge has no branch ${repo.main}` };
    const head = await commitOn(repo, baseSha, {
      files: { [`docs/work-items/${wid}/${FIRST_FILE}`]: request.businessRequest },
      message: commitMessage(startSubject(wid), { wid, stage: 'created', attempt: 1 }),
    });
    const outcome = await push(repo, { wid, sha: head, ref: `refs/heads/${branch}` });
    if (outcome.kind === 'pushed' || outcome.kind === 'up-to-date')
      return { kind: 'created', start: head, head, baseSha };
    if (outcome.kind === 'foreign-push') return { kind: 'taken', reason: `${branch} exists on the forge` };
    return outcome.kind === 'fence-lost' ? { kind: 'transient', reason: 'fence lost' } : outcome;
  } catch (error) {
    return faultOutcome(error);
  }
}

const FIRST_FILE = '00-business-request.md';
const startSubject = (wid: string): string => `docs: init ${wid} business request`;

/** A branch that is there already is ours when the first commit it has over main is exactly the one this start makes. */
async function ownStart(
  repo: Repository,
  request: StartBranchRequest,
  head: string,
): Promise<StartBranchOutcome> {
  const taken: StartBranchOutcome = { kind: 'taken', reason: `${request.branch} exists on the forge` };
  const own = await readLog(repo, `refs/remotes/origin/${repo.main}`, head, FIRST_COMMITS);
  const commit = own.findLast(({ subject }) => subject === startSubject(request.wid));
  const baseSha = commit?.parents[0];
  if (commit === undefined || commit !== own.at(-1) || baseSha === undefined) return taken;
  // What somebody else put on top is not ours to take over (FORGE-91).
  if (!own.every(({ author }) => author.startsWith(repo.identity.name))) return taken;
  const file = `${commit.sha}:docs/work-items/${request.wid}/${FIRST_FILE}`;
  const found = await repo.git.run(repo.mirror, ['cat-file', 'blob', file]);
  return found.stdout === request.businessRequest
    ? { kind: 'existed', start: commit.sha, head, baseSha }
    : taken;
}

/** More than the first run of a task ever makes. */
const FIRST_COMMITS = 500;

/** Engine-owned documents as one commit on top of `parent`, pushed (FORGE-86); no worktree is touched. */
export async function commitFiles(
  repo: Repository,
  request: CommitFilesRequest,
): Promise<CommitFilesOutcome> {
  const { wid, branch, parent } = request;
  try {
    assertBranch(branch);
    await repo.ensure();
    await takeIntoMirror(repo, parent);
    const directory = `docs/work-items/${wid}`;
    const named = Object.entries(request.files).map(([name, content]) => [
      `${directory}/${repoPath(name)}`,
      content,
    ]);
    const message = commitMessage(request.subject, { wid, ...request.run });
    const head = await commitOn(repo, parent, { files: Object.fromEntries(named), message });
    const outcome = await push(repo, { wid, sha: head, ref: `refs/heads/${branch}` });
    if (outcome.kind === 'pushed') return { kind: head === parent ? 'unchanged' : 'pushed', head };
    if (outcome.kind === 'up-to-date') return { kind: 'unchanged', head };
    if (outcome.kind === 'foreign-push')
      return await sameCommit(repo, { ...outcome, expected: parent }, head);
    return outcome.kind === 'fence-lost' ? { kind: 'transient', reason: 'fence lost' } : outcome;
  } catch (error) {
    return faultOutcome(error);
  }
}

/**
 * A repeat whose first result was lost finds its own commit: same parent, same author, same subject and trailers.
 * The text may differ (reports carry times); the one already published stands.
 */
async function sameCommit(
  repo: Repository,
  foreign: Extract<CommitFilesOutcome, { kind: 'foreign-push' }>,
  wanted: string,
): Promise<CommitFilesOutcome> {
  if (foreign.found === null) return foreign;
  await fetchAll(repo);
  const format = ['show', '--no-patch', '--format=%P %an%n%B', '--end-of-options'];
  const ours = await repo.git.run(repo.mirror, [...format, wanted]);
  const theirs = await repo.git.run(repo.mirror, [...format, foreign.found]);
  if (theirs.exitCode === 0 && ours.stdout === theirs.stdout) return { kind: 'pushed', head: foreign.found };
  return foreign;
}

/** A commit of `files` on `parent` in the mirror; `parent` itself when nothing changes. Moves no ref. */
export async function commitOn(
  repo: Repository,
  parent: string,
  commit: { files: Readonly<Record<string, string>>; message: string },
): Promise<string> {
  const edit = new Map<string, { mode: string; blob: string }>();
  for (const [file, content] of Object.entries(commit.files))
    edit.set(file, { mode: '100644', blob: await writeBlob(repo, repo.mirror, content) });
  const tree = await editTree(repo, repo.mirror, parent, edit);
  if (tree === (await repo.git.text(repo.mirror, ['rev-parse', '--verify', `${parent}^{tree}`])))
    return parent;
  return commitTree(repo, repo.mirror, { tree, parents: [parent], message: commit.message });
}

/** Last fetched head of a branch; null when the forge has none. */
export async function headOnForge(repo: Repository, branch: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', `refs/remotes/origin/${branch}^{commit}`];
  const found = await repo.git.run(repo.mirror, args);
  return found.exitCode === 0 ? found.stdout.trim() : null;
}
