import { type Gate, NotYet, runGate } from '../gates/gate.ts';
import { GATE_REGISTRY, GIT_GATES } from '../gates/index.ts';
import type { GatePorts, GitPorts } from '../gates/ports.ts';
import { gateOfStep } from '../pipeline/plan.ts';
import type { Project } from '../pipeline/project.ts';
import type { GateName } from '../pipeline/stages.ts';
import type { Evidence, GateResult } from '../pipeline/verdict.ts';
import { LookAgain, StepFirst } from '../queues/catalog.ts';
import { checksBelow, createProjectChecks, type ProjectChecksDeps } from './project-checks.ts';
import { type StepCall, step } from './step.ts';

interface JudgeDeps<Ports> {
  /** Name of this host; it stands in the evidence. */
  host: string;
  /** `remember` keeps evidence with the job. */
  portsFor: (call: StepCall, remember: (evidence: Evidence) => Promise<void>) => Ports;
  now: () => number;
}

/** One gate, one verdict. A pending read with a time of its own moves the job to delayed (PIPE-70). */
const judgeBy = <Ports>(gates: Readonly<Partial<Record<GateName, Gate<Ports>>>>, deps: JudgeDeps<Ports>) =>
  step(async (call) => {
    const { payload, input, context } = call;
    const gate = gateOfStep(payload.step);
    const judge = gate === null ? undefined : gates[gate];
    if (gate === null || judge === undefined)
      throw new Error(`no gate judged here belongs to the step ${payload.step}`);
    const remembered = (context.reported?.remembered ?? input.left[payload.step] ?? null) as Evidence | null;
    const remember = (evidence: Evidence) => context.progress({ remembered: evidence });
    const asked = { ...input, gate, previous: remembered };
    const judged = await judgeOrWait(() =>
      runGate(judge, asked, deps.portsFor(call, remember), context.signal),
    );
    const result: GateResult = { ...judged, evidence: { ...judged.evidence, host: deps.host } };
    const retryInMs = result.evidence.retryInMs;
    if (result.outcome === 'pending' && typeof retryInMs === 'number') {
      const pending = { gate, result, retryAt: deps.now() + retryInMs };
      await context.progress({ remembered: result.evidence, pending });
      throw new LookAgain(retryInMs);
    }
    return result;
  });

async function judgeOrWait(judge: () => Promise<GateResult>): Promise<GateResult> {
  try {
    return await judge();
  } catch (error) {
    if (error instanceof NotYet && error.wanted instanceof StepFirst) throw error.wanted;
    throw error;
  }
}

export interface RunGateDeps extends Omit<JudgeDeps<GatePorts>, 'portsFor'> {
  portsFor: (project: Project, remember: (evidence: Evidence) => Promise<void>) => GatePorts;
}

/** Any gate, where the control process is; the check command is a job of its own, for any host. */
export const createRunGate = (deps: RunGateDeps) =>
  judgeBy(GATE_REGISTRY, {
    ...deps,
    portsFor: (call, remember) => ({
      ...deps.portsFor(call.input.project, remember),
      checks: checksBelow(call),
    }),
  });

interface RunCheckDeps extends Omit<JudgeDeps<GitPorts>, 'portsFor'> {
  portsFor: (project: Project) => GitPorts;
}

/** A gate that needs git only, on any host (REC-10). */
const createRunCheck = (deps: RunCheckDeps) =>
  judgeBy<GitPorts>(GIT_GATES, { ...deps, portsFor: ({ input }) => deps.portsFor(input.project) });

/** What is done from the queue `checks`, on any host. */
export const createChecks = (deps: RunCheckDeps & ProjectChecksDeps) => ({
  'run-check': createRunCheck(deps),
  'project-checks': createProjectChecks(deps),
});
