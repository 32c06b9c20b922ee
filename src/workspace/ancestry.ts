import { type Git, type GitPlace, gitFailed } from './git.ts';

/** True or false from git's exit code; anything else throws, because it is "not known" (FORGE-105). */
export async function isAncestor(
  git: Git,
  place: GitPlace,
  ancestor: string,
  descendant: string,
): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', '--end-of-options', ancestor, descendant];
  const found = await git.run(place, args);
  if (found.exitCode > 1) throw gitFailed(args, found);
  return found.exitCode === 0;
}

/** First parent of a commit; null for a root commit. */
export async function firstParent(git: Git, place: GitPlace, sha: string): Promise<string | null> {
  const found = await git.run(place, ['rev-parse', '--verify', '--quiet', `${sha}^1`]);
  return found.exitCode === 0 ? found.stdout.trim() : null;
}

/**
 * Oldest commit on the first-parent chain of `tip` that contains `tested` (FORGE-37); `tested` itself when it is on
 * the chain. The caller knows that `tip` contains it.
 */
export async function findLanding(
  git: Git,
  place: GitPlace,
  { tested, tip }: { tested: string; tip: string },
): Promise<string> {
  const args = ['rev-list', '--first-parent', '--end-of-options', tip, `^${tested}`];
  const chain = (await git.text(place, args)).split('\n').filter(Boolean);
  // Newest first: the commits that contain `tested` are a prefix of the chain.
  let low = 0;
  let high = chain.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await isAncestor(git, place, tested, chain[middle] as string)) low = middle + 1;
    else high = middle;
  }
  const oldest = chain[low - 1];
  if (oldest === undefined) return tested;
  return (await firstParent(git, place, oldest)) === tested ? tested : oldest;
}

/**
 * True where `to` is `from` on a newer `base`: its tree is to the letter what merging the two gives, and commit by commit each
 * change of the one is in the other. Patches alone would not do: `git cherry` ignores blanks, and does not look at merges.
 */
export async function isRebased(
  git: Git,
  place: GitPlace,
  { from, to, base }: { from: string; to: string; base: string },
): Promise<boolean> {
  if (!(await isAncestor(git, place, base, to))) return false;
  if ((await git.text(place, ['rev-list', '--merges', '--max-count=1', `${base}..${to}`])) !== '')
    return false;
  const merged = await git.run(place, ['merge-tree', '--write-tree', base, from]);
  if (merged.exitCode !== 0) return false;
  if (merged.stdout.trim() !== (await git.text(place, ['rev-parse', `${to}^{tree}`]))) return false;
  const lacks = async (there: string, here: string): Promise<boolean> =>
    /^\+/m.test(await git.text(place, ['cherry', there, here, base]));
  return !(await lacks(to, from)) && !(await lacks(from, to));
}
