import { type Archived, archiveCommit } from './archive.ts';
import { commitTree } from './commit.ts';
import { takeIntoMirror } from './fetch.ts';
import type { GitPlace } from './git.ts';
import type { Repository } from './repository.ts';
import { withTemporaryIndex } from './trees.ts';
import { dropUnfinished, headOf, isClean } from './worktree-place.ts';

export interface SaveLeftovers {
  wid: string;
  /** Everything reachable from it is safe already. */
  recordedHead: string;
  message: string;
  role?: string | undefined;
}

/**
 * Saves what a worktree has beyond the recorded head, uncommitted changes and commits alike, as one archived
 * commit (FORGE-73, FORGE-88). Null when there is nothing. Returns only after the mirror has it.
 */
export async function saveLeftovers(
  repo: Repository,
  place: GitPlace,
  request: SaveLeftovers,
): Promise<(Archived & { sha: string }) | null> {
  const head = await headOf(repo, place);
  if (head === null) return null;
  const dirty = !(await isClean(repo, place));
  await dropUnfinished(place);
  if (!dirty && (await isSafe(repo, place, head, request.recordedHead))) return null;
  const sha = dirty ? await commitEverything(repo, place, { ...request, head }) : head;
  return { ...(await archiveCommit(repo, request.wid, sha)), sha };
}

/** Saves a local branch head that no worktree shows any more. */
export async function saveStrayBranch(
  repo: Repository,
  branch: string,
  request: Pick<SaveLeftovers, 'wid' | 'recordedHead'>,
): Promise<Archived | null> {
  const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`];
  const found = await repo.git.run(repo.control, args);
  const head = found.stdout.trim();
  if (found.exitCode !== 0 || (await isSafe(repo, repo.control, head, request.recordedHead))) return null;
  return archiveCommit(repo, request.wid, head);
}

/** Reachable from the recorded head, or from anything the forge or an archive ref has. */
async function isSafe(repo: Repository, place: GitPlace, head: string, recorded: string): Promise<boolean> {
  if (head === recorded) return true;
  const args = ['merge-base', '--is-ancestor', head, recorded];
  if ((await repo.git.run(place, args)).exitCode === 0) return true;
  const known = await repo.git.run(repo.mirror, ['cat-file', '-e', `${head}^{commit}`]);
  if (known.exitCode !== 0) return false;
  const refs = await repo.git.text(repo.mirror, ['for-each-ref', '--count=1', `--contains=${head}`]);
  return refs !== '';
}

async function commitEverything(
  repo: Repository,
  place: GitPlace,
  request: SaveLeftovers & { head: string },
): Promise<string> {
  const timeoutMs = repo.timeouts.rebaseMs;
  const tree = await withTemporaryIndex(repo, async (env) => {
    await repo.git.text(place, ['read-tree', request.head], { env });
    await repo.git.text(place, ['add', '--all', '--ignore-errors'], { env, timeoutMs });
    return repo.git.text(place, ['write-tree'], { env });
  });
  const { message, role, head } = request;
  const sha = await commitTree(repo, place, { tree, parents: [head], message, role });
  await takeIntoMirror(repo, sha);
  return sha;
}
