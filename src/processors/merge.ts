import { type MergePorts, type MergeStep, stepMerge } from '../delivery/merge.ts';
import { LookAgain } from '../queues/catalog.ts';
import type { DeliveryDeps } from './delivery-ports.ts';
import { lackingDeploy } from './means.ts';
import { Unreachable } from './outage.ts';
import { pullRequestText } from './pull-request-text.ts';
import { passed, type StepResultOf, step } from './step.ts';
import type { StepInput } from './step-input.ts';

/** What a merge is about, of the whole input of a step. */
export type Landing = Pick<
  StepInput,
  'project' | 'branch' | 'wid' | 'title' | 'repo' | 'testedSha' | 'testedTree' | 'baseSha' | 'confirmedBase'
>;

/** Trailers by which a merge can be recognised later (FORGE-34). */
const trailers = ({ wid, testedSha, testedTree }: Landing): string =>
  `Work-Item: ${wid}\nTested-Commit: ${testedSha ?? ''}\nTested-Tree: ${testedTree ?? ''}\n`;

const WHY = { 'main-moved': 'main has moved', 'branch-moved': 'the branch has moved' } as const;

/** Lease → unmoved → pull request → merge → proof (SHIP-92, SHIP-100 to SHIP-105); may be repeated at any point. */
export const createMerge = (deps: DeliveryDeps) =>
  step(async (call) => {
    const { repo, taskId, attempt } = call.input;
    // Before anything lands: main must not carry what cannot be delivered (PIPE-11).
    const lacking = lackingDeploy(call.input.project);
    if (lacking) return lacking;
    const taken = await deps.lease.acquire({ repo, taskId, attempt });
    if (taken.kind === 'busy') {
      const reason = `the merge lease is held by ${taken.holder}`;
      return { outcome: 'pending', reason, evidence: { wait: 'lease', facts: { holder: taken.holder } } };
    }
    await needForge(deps, call.input);
    const input = await withTested(deps, call.input);
    const request = {
      testedSha: input.testedSha ?? '',
      testedTree: input.testedTree ?? '',
      baseSha: input.confirmedBase ?? input.baseSha ?? '',
      landedSha: input.landedSha,
      verify: deps.settings.verifyMerge(repo),
      markersPath: deps.settings.markersPath,
    };
    const onMergeCall = () => call.context.progress({ phase: 'merge' });
    const ports = mergePortsOf(deps, { input, fence: taken.fence, onMergeCall });
    return conclude(await stepMerge(ports, request, call.context.looks), input);
  });

/** Nothing is asked of a forge that is away: its silence must not use up the patience of SHIP-103. */
async function needForge(deps: DeliveryDeps, { project }: StepInput): Promise<void> {
  await deps.workspace.open(project).mirror.fetch();
  const main = await deps.forgeFor(project).head(project.baseBranch);
  if (main.kind === 'transient') throw new Unreachable(main.reason);
}

/** Where the merge gate is off nothing was tested: the branch head stands in, and main as it is now. */
async function withTested(deps: DeliveryDeps, input: StepInput): Promise<StepInput> {
  if (input.testedSha !== null && input.testedTree !== null) return input;
  const { mirror } = deps.workspace.open(input.project);
  const testedSha = input.headSha ?? '';
  const baseSha = input.confirmedBase ?? (await mirror.head(input.project.baseBranch));
  return { ...input, testedSha, testedTree: await mirror.treeOf(testedSha), confirmedBase: baseSha };
}

function conclude(step: MergeStep, input: StepInput): StepResultOf {
  switch (step.do) {
    case 'landed': {
      const { landedSha, landedTree, markers } = step;
      const facts = { landedSha, landedTree, markers, landedMatches: landedTree === input.testedTree };
      return passed(`landed as ${landedSha.slice(0, 7)}`, facts);
    }
    case 'look-again':
      throw new LookAgain(step.afterMs);
    case 'confirm-again':
      return { outcome: 'stale', reason: WHY[step.why], evidence: {} };
    case 'parked':
      return { outcome: 'pending', reason: step.reason, evidence: { wait: 'lease' } };
    case 'hold':
      return {
        outcome: 'hold',
        hold: step.cause,
        reason: step.reason,
        evidence: { paths: step.paths, landedTree: step.landedTree },
      };
    default:
      return step satisfies never;
  }
}

/** What a merge of `input.branch` at `input.testedSha` needs of git and forge. */
export function mergePortsOf(
  deps: DeliveryDeps,
  { input, fence, onMergeCall }: { input: Landing; fence: number } & Pick<MergePorts, 'onMergeCall'>,
): MergePorts {
  const { project, branch, wid, title, repo } = input;
  const ws = deps.workspace.open(project);
  const forge = deps.forgeFor(project);
  const { testedSha, testedTree } = input;
  const proof = {
    testedSha: testedSha ?? '',
    testedTree: testedTree ?? '',
    baseSha: input.confirmedBase ?? input.baseSha ?? '',
    main: project.baseBranch,
  };
  return {
    landing: () => ws.landing(proof),
    async tips() {
      await ws.mirror.fetch().catch(() => undefined);
      const [main, head] = await Promise.all(
        [ws.mirror.head(project.baseBranch), ws.mirror.head(branch)].map((tip) => tip.catch(() => null)),
      );
      return { main: main ?? null, branch: head ?? null };
    },
    ensurePr: () => forge.ensurePr({ branch, ...pullRequestText(input, forge.links) }),
    mergePr: (number) =>
      forge.mergePr({
        number,
        style: deps.settings.mergeStyle,
        expectedHead: testedSha ?? '',
        title: `Merge ${wid}: ${title} (#${number})`,
        message: trailers(input),
      }),
    leaseHeld: () => deps.lease.holds({ repo, fence }),
    readFile: (sha, path) => ws.mirror.readFile(sha, path),
    diffPaths: (from, to) => ws.mirror.diffPaths(from, to),
    onMergeCall,
  };
}
