import type { GateResult } from '../pipeline/verdict.ts';
import { checkOf } from './checks.ts';
import { judgeRead } from './ci/judge.ts';
import type { Gate, GateInput } from './gate.ts';
import type { Lease } from './merge/lease.ts';
import { rebaseBranch } from './merge/rebase-branch.ts';
import { retest } from './merge/retest.ts';
import type { GatePorts } from './ports.ts';
import { cannotVerify, missingMeans, outOfForce, passed, pending } from './results.ts';

/**
 * `check_branch_mergeable`: under the merge lease, the branch rebased onto main and the combined tree tested
 * (SHIP-50 to SHIP-59). Passing keeps the lease and records `baseSha`, `testedSha`, `testedTree`; waiting for CI
 * keeps it too; everything else gives it back.
 */
export const branchMergeable: Gate = async (input, ports, signal) => {
  const off = outOfForce(input.settings.merge, 'ORCH_MERGE_GATE', input.repo);
  if (off) return off;
  const { ci } = input.project;
  if (checkOf(input.project) === 'missing' && ci !== 'forge')
    return missingMeans('the combined tree', 'checks');
  if (!input.headSha) return cannotVerify(`cannot verify: no commit is recorded for ${input.wid}`);
  const { repo, taskId, attempt } = input;
  const taken = await ports.lease.acquire({ repo, taskId, attempt });
  if (taken.kind === 'busy') {
    return pending(`the merge lease is held by ${taken.holder}`, {
      wait: 'lease',
      facts: { holder: taken.holder },
    });
  }
  const lease = { repo, fence: taken.fence };
  let keep = false;
  try {
    const result = await underLease(input, ports, { lease, signal });
    keep = result.outcome === 'passed' || (result.outcome === 'pending' && result.evidence.wait === 'ci');
    return result;
  } finally {
    if (!keep) await ports.lease.release(lease);
  }
};

async function underLease(
  input: GateInput,
  ports: GatePorts,
  { lease, signal }: { lease: Lease; signal: AbortSignal },
): Promise<GateResult> {
  const branch = await rebaseBranch(input, ports, lease);
  if ('result' in branch) return branch.result;
  signal.throwIfAborted();
  const { base, head } = branch;
  const moved = { headSha: head, baseSha: base };
  const test = await retest(head, input, { ports, signal });
  if ('result' in test) return withFacts(test.result, moved);
  if (input.project.ci === 'forge') {
    const read = { read: await ports.forge.ciState(head) };
    const ci = judgeRead(read, { ...input, headSha: head }, ports.now());
    if (ci.outcome !== 'passed') return withFacts(ci, { ...moved, retest: test.evidence });
  }
  const untested = test.evidence.by === 'none' && input.project.ci !== 'forge';
  const { mirror } = ports.workspace;
  return passed(
    untested ? `rebased onto ${base.slice(0, 7)}, untested` : `rebased onto ${base.slice(0, 7)}, tests green`,
    {
      ...moved,
      testedSha: head,
      testedTree: await mirror.treeOf(head),
      retest: test.evidence,
      fence: lease.fence,
      ...(untested ? { untested } : {}),
    },
  );
}

const withFacts = (result: GateResult, facts: Record<string, unknown>): GateResult => ({
  ...result,
  evidence: { ...result.evidence, ...facts },
});
