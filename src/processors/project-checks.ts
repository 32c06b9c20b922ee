import { NotYet } from '../gates/gate.ts';
import type { GatePorts } from '../gates/ports.ts';
import { StepFirst } from '../queues/catalog.ts';
import type { ChecksRequest, ChecksResult } from '../workspace/checks.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { passed, type StepCall, step } from './step.ts';

const STEP = 'project-checks';

export interface ProjectChecksDeps {
  workspace: Pick<Workspace, 'open'>;
  /** Name of this host; it stands in the evidence. */
  host: string;
}

/**
 * Runs the project's check command at one commit, on any host (FORGE-40). Red or green, the run is the answer: it is the
 * gate which asked for it that judges and tells the forge.
 */
export const createProjectChecks = ({ workspace, host }: ProjectChecksDeps) =>
  step(async ({ input, context: { signal } }) => {
    const { checks, project } = input;
    if (checks === undefined) throw new Error('the payload carries no checks to run');
    const run = await workspace.open(project).runChecks({ ...checks, signal });
    signal.throwIfAborted();
    return passed(`ran on ${host}: ${run.reason}`, { checked: run, host });
  });

/** The checks a gate asks for: the run of the job below it, which is asked for where there is none yet. */
export function checksBelow({ payload, input, context }: StepCall): GatePorts['checks'] {
  return async ({ signal: _, ...checks }: ChecksRequest) => {
    const below = context.before.find((result) => result.step === STEP);
    const run = below?.evidence.checked as ChecksResult | undefined;
    if (run?.sha === checks.sha) return run;
    throw new NotYet(new StepFirst({ ...payload, step: STEP, input: { ...input, checks } }));
  };
}
