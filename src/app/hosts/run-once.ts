import { z } from 'zod';
import type { AgentRequest } from '../../agent/port.ts';
import { createSpool, type Spool } from '../../agent/spool.ts';
import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { notStarted, type Refusal } from '../../processors/run-report.ts';
import { OfferedResult } from '../../queues/announcement.ts';
import {
  ForOthers,
  type JobContext,
  LookAgain,
  type Payload,
  type Processor,
  type StepOutcome,
} from '../../queues/catalog.ts';
import type { StartRate } from '../../queues/start-rate.ts';
import { labelsAskedBy, suits } from './placement.ts';

export interface RunOnceDeps {
  runAgent: Processor<'run-agent'>;
  spool: Spool<OfferedResult>;
  /** Name of this host. */
  host: string;
  /** What this host offers; a project may ask for some of it. */
  labels: readonly string[];
  /** Starts of all hosts together (REC-16). */
  rate: StartRate;
  /** A worker not heard for this long is lost, in milliseconds. */
  lostMs: number;
  log: Logger;
}

const LOST = { class: 'interrupted', reason: 'the worker of the run was lost' } as const;
const MOVED = {
  class: 'session-missing',
  reason: 'the host that keeps the session did not take the run',
} as const;
const LOOK_MS = 5000;
/** About a minute for the host of a session to take its run (AGENT-60): a look is a second. */
const SESSION_LOOKS = 60;
/** A run that had a process carries its coarse outcome; a refusal has none and starts again as it likes. */
const HadProcess = z.object({ outcome: z.string() });

export const openSpool = (runsDir: string): Spool<OfferedResult> =>
  createSpool(runsDir, (raw) => OfferedResult.parse(raw));

export const runIdOfJob = ({ task, stage, attempt, generation }: Payload<'run-agent'>): string =>
  `t${task}.${stage}.${attempt}.g${generation}`;

const unstarted = ({ step }: Payload<'run-agent'>, refusal: Refusal): StepOutcome => ({
  step,
  outcome: 'faulted',
  reason: refusal.reason,
  evidence: { ...notStarted(refusal), headSha: undefined },
});

/** The run continues a session that another host keeps (AGENT-60). */
function isKeptElsewhere({ input }: Payload<'run-agent'>, here: string): boolean {
  const { session } = (input as { agent?: { request?: AgentRequest } }).agent?.request ?? {};
  return session?.resume === true && session.host !== undefined && session.host !== here;
}

/** The run does not start yet; its job looks again. */
export async function park(context: JobContext, again: LookAgain): Promise<never> {
  await context.progress({ ...context.reported, parked: true });
  throw again;
}

/**
 * A run is never started a second time. A job that comes back because its worker was lost is answered from the spool
 * where its result is (AGENT-57); else it waits until control has declared the run lost and published its successor, which
 * cancels this job (AGENT-59). Where this very process still has the run in hand, having lost only the queue's lock,
 * there is one run and one result (REC-24, REC-25).
 */
export function runOnce(deps: RunOnceDeps): Processor<'run-agent'> {
  const inHand = new Map<string, Promise<StepOutcome[]>>();
  /** Control decides within the limit and a few ticks; without control nobody does. */
  const maxLooks = Math.ceil((3 * deps.lostMs) / LOOK_MS);

  async function again(...[payload, context]: Parameters<Processor<'run-agent'>>): Promise<StepOutcome[]> {
    const { looks, before, reported } = context;
    const spooled = deps.spool.get(runIdOfJob(payload));
    if (spooled) return [...before, spooled.result];
    if (looks < maxLooks) {
      // Said at every look: the word of the queue comes once, and control may have been away itself.
      await context.progress({ ...reported, parked: false, orphaned: true });
      throw new LookAgain(LOOK_MS);
    }
    return [...before, unstarted(payload, LOST)];
  }

  /** A host that lacks a label leaves the job to others; one minute has so many starts (REC-16, REC-180). */
  async function waitForPlace(payload: Payload<'run-agent'>, context: JobContext): Promise<void> {
    if (!suits(labelsAskedBy(payload), deps.labels)) await park(context, new ForOthers());
    const waitMs = await deps.rate();
    if (waitMs > 0) await park(context, new LookAgain(waitMs));
  }

  async function once(...[payload, context]: Parameters<Processor<'run-agent'>>): Promise<StepOutcome[]> {
    const begun = context.reported?.finished !== undefined || context.signal.aborted;
    if (!begun && isKeptElsewhere(payload, deps.host)) {
      // A resume prefers the host of its session; without it the next run starts afresh.
      if (context.looks < SESSION_LOOKS) return park(context, new ForOthers());
      return [...context.before, unstarted(payload, MOVED)];
    }
    if (!begun) await waitForPlace(payload, context);
    const outcomes = await deps.runAgent(payload, context);
    keep(deps, payload, outcomes);
    return outcomes;
  }

  return (payload, context) => {
    const { jobId, losses, signal } = context;
    const known = inHand.get(jobId);
    if (known) return known;
    const lost = losses > 0 && !signal.aborted;
    const work = (lost ? again(payload, context) : once(payload, context)).finally(() =>
      inHand.delete(jobId),
    );
    inHand.set(jobId, work);
    return work;
  };
}

/** On disk before it is returned, so that a queue which lost the job loses no result (REC-44). */
function keep({ spool, log }: RunOnceDeps, payload: Payload<'run-agent'>, outcomes: StepOutcome[]): void {
  const result = outcomes.find(({ step }) => step === payload.step);
  if (result === undefined || !HadProcess.safeParse(result.evidence).success) return;
  const { task, stage, attempt, generation, fence } = payload;
  const runId = runIdOfJob(payload);
  try {
    spool.put(runId, { runId, task, stage, attempt, generation, fence, result });
  } catch (error) {
    log.warn({ runId, err: describeError(error) }, 'a result could not be kept on disk');
  }
}
