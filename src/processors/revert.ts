import { stepMerge } from '../delivery/merge.ts';
import { AppError } from '../errors.ts';
import { runGate } from '../gates/gate.ts';
import { GATE_REGISTRY } from '../gates/index.ts';
import type { LeasePort } from '../gates/merge/lease.ts';
import type { GatePorts } from '../gates/ports.ts';
import type { Project } from '../pipeline/project.ts';
import type { Evidence } from '../pipeline/verdict.ts';
import { type JobContext, LookAgain, type Payload } from '../queues/catalog.ts';
import type { DeliveryDeps } from './delivery-ports.ts';
import { mergePortsOf } from './merge.ts';
import { stampOf } from './stamp.ts';
import type { StepInput } from './step-input.ts';

export interface RevertDeps extends DeliveryDeps {
  portsFor: (project: Project, remember: (evidence: Evidence) => Promise<void>) => GatePorts;
  /** The merge lease without the freeze check: a revert is always allowed (SHIP-164). */
  revertLease: LeasePort;
  /** What came of it: freeze lifted, ping. `sha` is the commit on main, null when nothing landed. */
  reverted: (end: { task: number; by: string; sha: string | null; reason: string }) => void;
}

const LEASE_LOOK_MS = 5_000;

/** What the job remembers between looks. */
interface Branch {
  branch: string;
  head: string;
  base: string;
}

/**
 * Revert on main (SHIP-136): a branch from main that undoes what landed, the merge gate, the merge with proof.
 * Nothing is deployed by it. Repeatable: the branch is made once, the merge looks before it acts.
 */
export const createRevert =
  (deps: RevertDeps) =>
  async (payload: Payload<'revert'>, context: JobContext): Promise<null> => {
    const { task, by } = payload;
    const input = payload.input as unknown as StepInput;
    const end = (sha: string | null, reason: string): null => {
      deps.reverted({ task, by, sha, reason });
      return null;
    };
    const made = (context.reported?.made as Branch | undefined) ?? (await makeBranch(deps, input, context));
    if ('refused' in made) return end(null, made.refused);
    const remember = (evidence: Evidence) => context.progress({ made, remembered: evidence });
    const tested = await testIt(deps, { input, made, remember, context });
    if (tested.outcome === 'pending') throw new LookAgain(LEASE_LOOK_MS);
    if (tested.outcome !== 'passed') return end(null, tested.reason);
    return land(deps, { input: revertInput(input, made, tested.evidence), context, end });
  };

async function makeBranch(
  deps: RevertDeps,
  input: StepInput,
  context: JobContext,
): Promise<Branch | { refused: string }> {
  const { wid, attempt, landedSha, baseSha, project } = input;
  if (landedSha === null || baseSha === null) return { refused: `${wid} has not landed` };
  const branch = `revert/${wid}-${stampOf(context.createdAt)}`;
  const outcome = await deps.workspace
    .open(project)
    .startRevert({ wid, branch, landedSha, baseSha, attempt });
  if (outcome.kind === 'created') {
    const made = { branch, head: outcome.head, base: outcome.baseSha };
    await context.progress({ made });
    return made;
  }
  if (outcome.kind === 'conflict')
    return { refused: `later commits changed the same lines: ${outcome.files.join(', ')}` };
  if (outcome.kind === 'refused') return { refused: outcome.reason };
  throw new AppError('revert-not-started', `The revert of ${wid} could not be made: ${outcome.reason}.`, {
    fault: 'environment',
    retry: true,
  });
}

/** The revert as the input of the merge gate and of the merge: its own branch, nothing of the task's. */
const revertInput = (input: StepInput, { branch, head }: Branch, facts: Evidence = {}): StepInput => ({
  ...input,
  title: `Revert ${input.title}`,
  branch,
  headSha: String(facts.headSha ?? head),
  prNumber: null,
  landedSha: null,
  baseSha: (facts.baseSha as string | undefined) ?? null,
  confirmedBase: (facts.baseSha as string | undefined) ?? null,
  testedSha: (facts.testedSha as string | undefined) ?? null,
  testedTree: (facts.testedTree as string | undefined) ?? null,
});

interface Trial {
  input: StepInput;
  made: Branch;
  remember: (evidence: Evidence) => Promise<void>;
  context: JobContext;
}

function testIt(deps: RevertDeps, { input, made, remember, context }: Trial) {
  const gate = 'check_branch_mergeable';
  const previous = (context.reported?.remembered ?? null) as Evidence | null;
  const gateInput = { ...revertInput(input, made), gate, previous } as const;
  const ports = { ...deps.portsFor(input.project, remember), lease: deps.revertLease };
  return runGate(GATE_REGISTRY[gate], gateInput, ports, context.signal);
}

interface Landing {
  input: StepInput;
  context: JobContext;
  end: (sha: string | null, reason: string) => null;
}

/** The gate has kept the lease; it is given back whatever comes of the merge. */
async function land(deps: RevertDeps, { input, context, end }: Landing): Promise<null> {
  const { repo, taskId, attempt } = input;
  const taken = await deps.revertLease.acquire({ repo, taskId, attempt });
  if (taken.kind === 'busy') throw new LookAgain(LEASE_LOOK_MS);
  const { fence } = taken;
  try {
    const withLease = { ...deps, lease: deps.revertLease };
    const ports = mergePortsOf(withLease, { input, fence, onMergeCall: async () => undefined });
    const request = {
      testedSha: input.testedSha ?? '',
      testedTree: input.testedTree ?? '',
      baseSha: input.baseSha ?? '',
      landedSha: null,
      verify: deps.settings.verifyMerge(repo),
      markersPath: deps.settings.markersPath,
    };
    const step = await stepMerge(ports, request, context.looks);
    if (step.do === 'landed') return end(step.landedSha, 'landed');
    if (step.do === 'hold') return end(null, step.reason);
    throw new LookAgain(step.do === 'look-again' ? step.afterMs : LEASE_LOOK_MS);
  } finally {
    await deps.revertLease.release({ repo, fence });
  }
}
