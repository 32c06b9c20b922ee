import { faultOutcome, identityEnv } from './commit.ts';
import { readConflict } from './conflict.ts';
import type { GitOptions, GitPlace } from './git.ts';
import { type Repository, worktreePath } from './repository.ts';
import { dropUnfinished, findWorktree, headOf, isClean, resetTo } from './worktree-place.ts';

export interface RebaseRequest {
  branch: string;
  /** HEAD the worktree must have. */
  expectedHead: string;
  /** Recorded `origin/<main>` SHA. */
  onto: string;
  /** Cap of the conflict text, characters (`ORCH_FINDINGS_MAX_CHARS`). */
  maxChars: number;
}

/** FORGE-95, SHIP-57. After every outcome the worktree is clean; after `conflict` at the old head. */
export type RebaseOutcome =
  | { kind: 'unchanged' | 'rebased'; head: string }
  | { kind: 'conflict'; files: string[]; text: string }
  | { kind: 'stale-worktree'; head: string | null; reason: string }
  | { kind: 'transient'; reason: string };

/** Rebases the task's worktree (FORGE-95); pushes nothing. The caller holds the project's mutex. */
export async function rebase(repo: Repository, request: RebaseRequest): Promise<RebaseOutcome> {
  try {
    await repo.ensure();
    const place = await findWorktree(repo, worktreePath(repo.layout, request.branch));
    if (!place) return { kind: 'stale-worktree', head: null, reason: 'the worktree is missing' };
    const stale = await whyStale(repo, place, request);
    return stale ?? (await run(repo, place, request));
  } catch (error) {
    return { ...faultOutcome(error), kind: 'transient' };
  }
}

async function whyStale(
  repo: Repository,
  place: GitPlace,
  request: RebaseRequest,
): Promise<RebaseOutcome | null> {
  const head = await headOf(repo, place);
  if (head !== request.expectedHead)
    return { kind: 'stale-worktree', head, reason: 'HEAD is not the recorded head' };
  const on = await repo.git.run(place, ['symbolic-ref', '--quiet', 'HEAD']);
  if (on.stdout.trim() !== `refs/heads/${request.branch}`)
    return { kind: 'stale-worktree', head, reason: 'the worktree is not on the task branch' };
  if (!(await isClean(repo, place)))
    return { kind: 'stale-worktree', head, reason: 'the worktree is not clean' };
  return null;
}

const SETTINGS: NonNullable<GitOptions['config']> = [
  ['rebase.autoSquash', 'false'],
  ['rebase.autoStash', 'false'],
  ['rebase.updateRefs', 'false'],
  ['merge.conflictStyle', 'merge'],
];

async function run(repo: Repository, place: GitPlace, request: RebaseRequest): Promise<RebaseOutcome> {
  const { branch, expectedHead, onto } = request;
  const undo = async () => {
    await dropUnfinished(place);
    await resetTo(repo, place, branch, expectedHead);
  };
  const options = {
    timeoutMs: repo.timeouts.rebaseMs,
    config: SETTINGS,
    env: committerEnv(repo),
  };
  try {
    const result = await repo.git.run(
      place,
      ['rebase', '--quiet', '--no-stat', '--end-of-options', onto],
      options,
    );
    if (result.exitCode === 0) {
      const head = (await headOf(repo, place)) as string;
      return { kind: head === expectedHead ? 'unchanged' : 'rebased', head };
    }
    const conflict = await readConflict(repo, place, {
      onto,
      head: expectedHead,
      maxChars: request.maxChars,
    });
    await undo();
    if (!conflict)
      return { kind: 'transient', reason: result.stderr || `git rebase exited ${result.exitCode}` };
    return { kind: 'conflict', ...conflict };
  } catch (error) {
    await undo();
    throw error;
  }
}

/** Authors and their dates stay; only the committer is the engine. */
function committerEnv(repo: Repository): Record<string, string> {
  const { GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL, GIT_COMMITTER_DATE } = identityEnv(repo) as Record<
    'GIT_COMMITTER_NAME' | 'GIT_COMMITTER_EMAIL' | 'GIT_COMMITTER_DATE',
    string
  >;
  return { GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL, GIT_COMMITTER_DATE };
}
