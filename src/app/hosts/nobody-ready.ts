import { notStarted, type Refusal } from '../../processors/run-report.ts';
import { firstRefusal } from '../../processors/step-input.ts';
import { ForOthers, type JobContext, type Processor, type StepOutcome } from '../../queues/catalog.ts';
import { type AgentHosts, nobodyReady, suited } from './able-hosts.ts';
import { labelsAskedBy } from './placement.ts';
import type { NotReady } from './resilience.ts';
import { park } from './run-once.ts';

export interface NobodyReadyDeps {
  hosts: AgentHosts;
  tell: (task: number, about: NotReady) => void;
}

/** Work that has begun, was lost or is over already concerns nobody's readiness. */
const isNew = ({ losses, signal, reported, before }: JobContext): boolean =>
  losses === 0 && !signal.aborted && reported?.finished === undefined && firstRefusal(before) === undefined;

/**
 * Control's own way to take a run (AGENT-44, AGENT-60): what this host cannot carry out is left to one that can. Where there
 * are hosts for it and none is ready, the run ends unstarted with the reason, so that its task waits and says why.
 */
export function unlessNobodyReady(
  runAgent: Processor<'run-agent'>,
  { hosts, tell }: NobodyReadyDeps,
): Processor<'run-agent'> {
  return async (payload, context) => {
    if (!isNew(context)) return runAgent(payload, context);
    const mine = suited(await hosts.all(), labelsAskedBy(payload));
    if (nobodyReady(mine)) {
      const [first, ...others] = mine.flatMap(({ notReady }) => notReady ?? []);
      for (const about of others) tell(payload.task, about);
      return [...context.before, refused(payload.step, first as NotReady)];
    }
    if (mine.some(({ own, notReady }) => own && notReady === null)) return runAgent(payload, context);
    // Where nobody offers its labels, whoever does may start any time.
    return park(context, new ForOthers());
  };
}

function refused(step: string, notReady: NotReady): StepOutcome {
  const refusal: Refusal = { class: 'auth', reason: `${notReady.reason} ${notReady.fix}`.trim(), notReady };
  return {
    step,
    outcome: 'faulted',
    reason: refusal.reason,
    evidence: { ...notStarted(refusal), headSha: undefined },
  };
}
