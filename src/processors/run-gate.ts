import { runGate } from '../gates/gate.ts';
import { GATE_REGISTRY } from '../gates/index.ts';
import type { GatePorts } from '../gates/ports.ts';
import { gateOfStep } from '../pipeline/plan.ts';
import type { Project } from '../pipeline/project.ts';
import type { Evidence, GateResult } from '../pipeline/verdict.ts';
import { LookAgain } from '../queues/catalog.ts';
import { step } from './step.ts';

export interface RunGateDeps {
  /** Name of this host; it stands in the evidence. */
  host: string;
  /** Ports of one project; `remember` keeps evidence with the job. */
  portsFor: (project: Project, remember: (evidence: Evidence) => Promise<void>) => GatePorts;
  now: () => number;
}

/** One gate, one verdict, wherever it is judged. A pending read with a time of its own moves the job to delayed (PIPE-70). */
export const createRunGate = (deps: RunGateDeps) =>
  step(async ({ payload, input, context }) => {
    const gate = gateOfStep(payload.step);
    if (gate === null) throw new Error(`no gate belongs to the step ${payload.step}`);
    const remembered = (context.reported?.remembered ?? input.left[payload.step] ?? null) as Evidence | null;
    const remember = (evidence: Evidence) => context.progress({ remembered: evidence });
    const ports = deps.portsFor(input.project, remember);
    const judged = await runGate(
      GATE_REGISTRY[gate],
      { ...input, gate, previous: remembered },
      ports,
      context.signal,
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
