import { numberFindings } from '../../pipeline/findings.ts';
import type { GateResult } from '../../pipeline/verdict.ts';
import type { GateInput } from '../gate.ts';
import { ownHead } from '../own-head.ts';
import type { GatePorts } from '../ports.ts';
import { cannotVerify, failed, pending, refusal } from '../results.ts';
import type { Lease } from './lease.ts';

/** The branch as it stands on the forge: rebased onto `base`, pushed. */
export interface RebasedBranch {
  base: string;
  head: string;
}

type Try = RebasedBranch | { result: GateResult } | { restart: string };

/** Steps 1 to 3 of SHIP-55; what somebody else changed restarts them once, then a person is asked. */
export async function rebaseBranch(
  input: GateInput,
  ports: GatePorts,
  lease: Lease,
): Promise<RebasedBranch | { result: GateResult }> {
  const first = await tryRebase(input, ports, lease);
  if (!('restart' in first)) return first;
  const second = await tryRebase(input, ports, lease);
  if (!('restart' in second)) return second;
  return {
    result: cannotVerify(`somebody else changed the branch: ${second.restart}`, { foreignPush: true }),
  };
}

async function tryRebase(input: GateInput, ports: GatePorts, lease: Lease): Promise<Try> {
  const { workspace } = ports;
  const { branch, wid, project } = input;
  await workspace.mirror.fetch();
  const base = await workspace.mirror.resolve(`origin/${project.baseBranch}`);
  if (!base) return { result: cannotVerify(`cannot verify: the forge has no branch ${project.baseBranch}`) };
  const head = await recordedHead(input, ports);
  if (typeof head !== 'string') return head;
  await workspace.ensureWorktree({ branch, wid, recordedHead: head });
  if (!input.settings.merge.rebaseAlways && (await workspace.mirror.isAncestor(base, head)))
    return { base, head };
  const maxChars = input.settings.merge.findingsMaxChars;
  const outcome = await workspace.rebase({ branch, expectedHead: head, onto: base, maxChars });
  switch (outcome.kind) {
    case 'unchanged':
      return { base, head };
    case 'rebased':
      return pushRebased({ base, head: outcome.head, from: head }, input, { ports, lease });
    case 'conflict':
      return { result: conflict(input, head, outcome) };
    case 'stale-worktree':
      return { restart: `stale branch: ${outcome.reason}` };
    case 'transient':
      return { result: cannotVerify(`cannot verify: rebase: ${outcome.reason}`, { transient: true }) };
  }
}

/** The tip the engine recorded, or made of it; anything else is somebody else's. */
async function recordedHead(input: GateInput, ports: GatePorts): Promise<string | Try> {
  const own = await ownHead(input, ports);
  if (own !== null) return own;
  const found = await ports.workspace.mirror.head(input.branch);
  if (found === null) return { result: cannotVerify(`cannot verify: branch ${input.branch} not found`) };
  return { restart: `expected ${short(input.headSha)}, found ${short(found)}` };
}

async function pushRebased(
  move: RebasedBranch & { from: string },
  input: GateInput,
  { ports, lease }: { ports: GatePorts; lease: Lease },
): Promise<Try> {
  const { base, head, from } = move;
  const outcome = await ports.workspace.push({
    wid: input.wid,
    sha: head,
    ref: `refs/heads/${input.branch}`,
    lease: from,
    fenceHolds: () => ports.lease.holds(lease),
  });
  switch (outcome.kind) {
    case 'pushed':
    case 'up-to-date':
      return { base, head };
    case 'foreign-push':
      return { restart: `expected ${short(outcome.expected)}, found ${short(outcome.found)}` };
    case 'fence-lost':
      return { result: pending('the merge lease was lost', { wait: 'lease' }) };
    case 'refused':
      return { result: cannotVerify(`cannot verify: push refused: ${outcome.reason}`) };
    case 'transient':
      return {
        result: cannotVerify(`cannot verify: push: ${outcome.reason}`, {
          transient: true,
          unreachable: true,
        }),
      };
  }
}

/** SHIP-57: the developer gets the conflict itself, not a pointer to it. */
function conflict(input: GateInput, headSha: string, found: { files: string[]; text: string }): GateResult {
  const { files, text } = found;
  const findings = numberFindings('MERGE', input.attempt, [text]);
  return failed(`rebase conflict in ${files.join(', ')}`, { ...refusal(findings, text), files, headSha });
}

const short = (sha: string | null): string => sha?.slice(0, 7) ?? 'nothing';
