import { artefactPath } from '../pipeline/artefacts.ts';
import type { GateInput } from './gate.ts';
import type { GitPorts } from './ports.ts';

/**
 * The branch's tip where it is the recorded head or what a gate made of it and was then interrupted before that was recorded:
 * reports on top of it, or the same changes on a newer main. Null where somebody else moved the branch, or removed it.
 */
export async function ownHead(input: GateInput, { workspace: { mirror } }: GitPorts): Promise<string | null> {
  const { headSha, branch, project } = input;
  const found = await mirror.head(branch);
  if (!headSha || !found) return null;
  if (found === headSha) return found;
  // Nobody here has ever seen what was recorded: nothing of it can be known again.
  if ((await mirror.resolve(headSha)) === null) return null;
  if (await isReported(input, mirror, { from: headSha, to: found })) return found;
  const main = await mirror.resolve(`origin/${project.baseBranch}`);
  // Main may have moved on since.
  const base = main === null ? null : await mirror.mergeBase(main, found);
  return base !== null && (await mirror.isRebased(headSha, found, base)) ? found : null;
}

/** Nothing but reports of the security gate came since, each on the one before. */
async function isReported(
  { wid }: GateInput,
  mirror: GitPorts['workspace']['mirror'],
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  const only = artefactPath(wid, '17');
  let below = from;
  for (const { sha, parents } of (await mirror.log(from, to)).toReversed()) {
    if (parents.length !== 1 || parents[0] !== below) return false;
    const changed = await mirror.changedPaths(below, sha);
    if (changed.length !== 1 || changed[0]?.path !== only) return false;
    below = sha;
  }
  return below === to;
}
