import { findLanding, isAncestor } from '../../workspace/ancestry.ts';
import type { Git, GitPlace } from '../../workspace/git.ts';
import type { MergeOutcome, MergeRequest } from '../port.ts';

/** What a merge needs to know of the repository and of the pull request. */
export interface MergeSubject {
  git: Git;
  place: GitPlace;
  /** Head branch of the pull request. */
  head: string;
  /** Main's branch name. */
  base: string;
  /** Identity and date of the merge commit, as environment. */
  identity: Readonly<Record<string, string>>;
}

const TRIES = 3;

/**
 * Merges without a checkout (FORGE-12): verify, build, compare-and-set. A lost race starts again from the
 * verification; nothing has changed then. Touches no row.
 */
export async function mergeInGit(subject: MergeSubject, request: MergeRequest): Promise<MergeOutcome> {
  for (let n = 0; n < TRIES; n += 1) {
    const done = await tryMerge(subject, request);
    if (done) return done;
  }
  return { kind: 'not-mergeable', reason: `${subject.base} kept moving` };
}

/** Null when main moved between the verification and the update. */
async function tryMerge(subject: MergeSubject, request: MergeRequest): Promise<MergeOutcome | null> {
  const { git, place, base } = subject;
  const main = await readRef(subject, base);
  const head = await readRef(subject, subject.head);
  if (main === null) return { kind: 'not-mergeable', reason: `the branch ${base} does not exist` };
  const landed = await landedIn(subject, request.expectedHead, main);
  if (landed !== null) return { kind: 'already-merged', mergeCommitSha: landed };
  if (head !== request.expectedHead)
    return {
      kind: 'head-moved',
      reason: `expected head ${request.expectedHead}, found ${head ?? 'no branch'}`,
    };
  if (!(await isAncestor(git, place, main, head))) return { kind: 'not-mergeable', reason: `behind ${base}` };
  const merged = request.style === 'merge' ? await mergeCommit(subject, request, main) : head;
  const moved = await git.run(place, ['update-ref', `refs/heads/${base}`, merged, main]);
  return moved.exitCode === 0 ? { kind: 'merged', mergeCommitSha: merged } : null;
}

/** The commit that brought `sha` into main; null when main does not contain it. */
export async function landedIn(
  { git, place }: Pick<MergeSubject, 'git' | 'place'>,
  sha: string,
  main: string,
): Promise<string | null> {
  const known = await git.run(place, ['cat-file', '-e', `${sha}^{commit}`]);
  if (known.exitCode !== 0 || !(await isAncestor(git, place, sha, main))) return null;
  return findLanding(git, place, { tested: sha, tip: main });
}

async function readRef({ git, place }: MergeSubject, branch: string): Promise<string | null> {
  const found = await git.run(place, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`]);
  return found.exitCode === 0 ? found.stdout.trim() : null;
}

async function mergeCommit(subject: MergeSubject, request: MergeRequest, main: string): Promise<string> {
  const tree = await subject.git.text(subject.place, [
    'rev-parse',
    '--verify',
    `${request.expectedHead}^{tree}`,
  ]);
  const args = ['commit-tree', tree, '-p', main, '-p', request.expectedHead, '-F', '-'];
  const stdin = `${request.title}\n\n${request.message}\n`;
  return subject.git.text(subject.place, args, { stdin, env: subject.identity });
}
