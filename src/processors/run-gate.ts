import { type Gate, runGate } from '../gates/gate.ts';
import { GATE_REGISTRY, GIT_GATES } from '../gates/index.ts';
import type { GatePorts, GitPorts } from '../gates/ports.ts';
import { gateOfStep } from '../pipeline/plan.ts';
import type { Project } from '../pipeline/project.ts';
import type { GateName } from '../pipeline/stages.ts';
import type { Evidence, GateResult } from '../pipeline/verdict.ts';
import { LookAgain } from '../queues/catalog.ts';
import { step } from './step.ts';

export interface RunGateDeps<Ports> {
  /** Name of this host; it stands in the evidence. */
  host: string;
  /** Ports of one project; `remember` keeps evidence with the job. */
  portsFor: (project: Project, remember: (evidence: Evidence) => Promise<void>) => Ports;
  now: () => number;
}

/** One gate, one verdict. A pending read with a time of its own moves the job to delayed (PIPE-70). */
const judgeBy =
  <Ports>(gates: Readonly<Partial<Record<GateName, Gate<Ports>>>>) =>
  (deps: RunGateDeps<Ports>) =>
    step(async ({ payload, input, context }) => {
      const gate = gateOfStep(payload.step);
      const judge = gate === null ? undefined : gates[gate];
      if (gate === null || judge === undefined)
        throw new Error(`no gate judged here belongs to the step ${payload.step}`);
      const remembered = (context.reported?.remembered ??
        input.left[payload.step] ??
        null) as Evidence | null;
      const remember = (evidence: Evidence) => context.progress({ remembered: evidence });
      const ports = deps.portsFor(input.project, remember);
      const asked = { ...input, gate, previous: remembered };
      const judged = await runGate(judge, asked, ports, context.signal);
      const result: GateResult = { ...judged, evidence: { ...judged.evidence, host: deps.host } };
      const retryInMs = result.evidence.retryInMs;
      if (result.outcome === 'pending' && typeof retryInMs === 'number') {
        const pending = { gate, result, retryAt: deps.now() + retryInMs };
        await context.progress({ remembered: result.evidence, pending });
        throw new LookAgain(retryInMs);
      }
      return result;
    });

/** Any gate, where the control process is. */
export const createRunGate = judgeBy<GatePorts>(GATE_REGISTRY);

/** A gate that needs git only, on any host (REC-10). */
export const createRunCheck = judgeBy<GitPorts>(GIT_GATES);
