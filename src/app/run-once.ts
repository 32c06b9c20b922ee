import { notStarted } from '../processors/run-report.ts';
import type { Processor, StepOutcome } from '../queues/catalog.ts';

const LOST = { class: 'interrupted', reason: 'the worker of the run was lost' } as const;

/**
 * A run that comes back because its worker was lost is never started a second time: it ended as `interrupted`, and
 * goes on as a new generation with a fence of its own (REC-24, REC-51). Where this very process still has it in hand,
 * having lost only the queue's lock, there is one run and one result (REC-25).
 */
export function runOnce(runAgent: Processor<'run-agent'>): Processor<'run-agent'> {
  const inHand = new Map<string, Promise<StepOutcome[]>>();
  return (payload, context) => {
    const known = inHand.get(context.jobId);
    if (known) return known;
    const { before, losses, jobId } = context;
    if (losses > 0) {
      const { reason } = LOST;
      const evidence = { ...notStarted(LOST), headSha: undefined };
      return Promise.resolve([...before, { step: payload.step, outcome: 'faulted', reason, evidence }]);
    }
    const work = runAgent(payload, context).finally(() => inHand.delete(jobId));
    inHand.set(jobId, work);
    return work;
  };
}
