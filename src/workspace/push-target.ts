import { assertWid, isBranchName, isSha } from './names.ts';
import type { PushRequest } from './push.ts';

/** Why FORGE-90 refuses a push, naming the ref; null when it is allowed. `main` is never a target. */
export function whyRefused(request: PushRequest, main: string): string | null {
  const { wid, sha, ref, lease } = request;
  assertWid(wid);
  if (!isSha(sha)) return `expected a full commit id to push to ${ref}, found ${JSON.stringify(sha)}`;
  if (!ref.startsWith('refs/') || !isBranchName(ref))
    return `expected a full ref name, found ${JSON.stringify(ref)}`;
  if (ref === `refs/heads/${main}`) return `${ref} is the main branch and is never pushed`;
  if (!isOwnRef(ref, wid)) return `${ref} is not a ref of ${wid}`;
  if (lease === undefined) return null;
  if (!isSha(lease))
    return `expected a full commit id as the lease of ${ref}, found ${JSON.stringify(lease)}`;
  return isTaskBranch(ref, wid) ? null : `${ref} is never pushed with a lease`;
}

/** Archive refs and their tags are created once and never moved. */
export const isCreateOnly = (ref: string): boolean =>
  ref.startsWith('refs/archive/') || ref.startsWith('refs/tags/archive/');

function isTaskBranch(ref: string, wid: string): boolean {
  return startsWithName(ref, `refs/heads/feature/${wid}`);
}

function isOwnRef(ref: string, wid: string): boolean {
  const documents = ['staging-log', 'deploy-log', 'revert'].some((kind) =>
    ref.startsWith(`refs/heads/${kind}/${wid}-`),
  );
  const archive = [`refs/archive/${wid}/`, `refs/tags/archive/${wid}/`].some((prefix) =>
    ref.startsWith(prefix),
  );
  return isTaskBranch(ref, wid) || documents || archive;
}

/** `feature/SHOP-007` and `feature/SHOP-007-x`, but not `feature/SHOP-0071`. */
function startsWithName(ref: string, name: string): boolean {
  return ref === name || ref.startsWith(`${name}-`);
}
