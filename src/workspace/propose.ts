import { faultOutcome } from './commit.ts';
import { fetchAll } from './fetch.ts';
import { assertBranch } from './names.ts';
import { push } from './push.ts';
import type { Repository } from './repository.ts';
import { repoPath } from './safe-path.ts';
import { commitOn, headOnForge } from './task-branch.ts';

export interface ProposeRequest {
  /** Names the branch as one of ours (FORGE-90). */
  wid: string;
  branch: string;
  /** Path from the repository's root → UTF-8 content; a file that main has already is left as it is. */
  files: Readonly<Record<string, string>>;
  subject: string;
}

/** `nothing`: main has every file. `proposed`: the branch carries them, from now or from an earlier proposal. */
export type ProposeOutcome =
  | { kind: 'proposed'; head: string }
  | { kind: 'nothing' }
  | { kind: 'refused' | 'transient'; reason: string };

/** New files as one commit on a branch from fresh main, ready for a pull request; no worktree is touched. */
export async function proposeFiles(repo: Repository, request: ProposeRequest): Promise<ProposeOutcome> {
  const { wid, branch, subject } = request;
  try {
    assertBranch(branch);
    await fetchAll(repo);
    const base = await headOnForge(repo, repo.main);
    if (base === null) return { kind: 'refused', reason: `the forge has no branch ${repo.main}` };
    const files = await absentFrom(repo, base, request.files);
    if (Object.keys(files).length === 0) return { kind: 'nothing' };
    const head = await commitOn(repo, base, { files, message: subject });
    const outcome = await push(repo, { wid, sha: head, ref: `refs/heads/${branch}` });
    if (outcome.kind === 'pushed' || outcome.kind === 'up-to-date') return { kind: 'proposed', head };
    if (outcome.kind === 'foreign-push' && outcome.found !== null)
      return { kind: 'proposed', head: outcome.found };
    return outcome.kind === 'refused' || outcome.kind === 'transient'
      ? outcome
      : { kind: 'transient', reason: 'the branch moved' };
  } catch (error) {
    return faultOutcome(error);
  }
}

async function absentFrom(
  repo: Repository,
  sha: string,
  files: ProposeRequest['files'],
): Promise<Record<string, string>> {
  const absent: Record<string, string> = {};
  for (const [name, content] of Object.entries(files)) {
    const path = repoPath(name);
    const found = await repo.git.run(repo.mirror, ['cat-file', '-e', `${sha}:${path}`]);
    if (found.exitCode !== 0) absent[path] = content;
  }
  return absent;
}
