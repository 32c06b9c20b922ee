import { z } from 'zod';
import { gateOfStep } from '../pipeline/plan.ts';
import { GATE_RULES, ROLES, STAGES } from '../pipeline/stages.ts';
import { OUTCOMES } from '../pipeline/verdict.ts';

export { ForOthers, LookAgain } from './again.ts';

/*
 * The contract between whoever publishes a job and whoever works on it (REC-10, REC-14): name → queue,
 * payload, result, attempts, backoff, deadline. `processors/index.ts` is a mapped type over it.
 */

export const QUEUES = [
  'stages',
  'agents',
  'gates',
  'checks',
  'delivery',
  'tracker',
  'chat',
  'system',
] as const;
export type QueueName = (typeof QUEUES)[number];

/** Payload version; a worker that reads a newer one puts the job back (REC-172). */
export const PAYLOAD_VERSION = 1;

const id = z.number().int().nonnegative();

/** What every step of a stage attempt carries. */
export const StepPayload = z.object({
  v: z.literal(PAYLOAD_VERSION),
  task: id,
  wid: z.string(),
  repo: z.string(),
  stage: z.enum(STAGES),
  attempt: id,
  generation: id,
  fence: id,
  step: z.string(),
  /** W3C trace context, because BullMQ does not carry it (REC-143). */
  traceparent: z.string().optional(),
});
export type StepPayload = z.infer<typeof StepPayload>;

/** Whether a payload that was checked by its job is that of a step; no other has a fence and a step. */
export const isStepPayload = (payload: unknown): payload is StepPayload =>
  typeof payload === 'object' && payload !== null && 'step' in payload && 'fence' in payload;

const Evidence = z.record(z.string(), z.unknown());

/** Outcome of one step, handed up the flow. */
export const StepOutcome = z.object({
  step: z.string(),
  outcome: z.enum([...OUTCOMES, 'hold', 'faulted', 'not-run']),
  reason: z.string(),
  evidence: Evidence,
  hold: z
    .enum(['pr-create-failed', 'merge-refused', 'merge-not-proven', 'tree-mismatch', 'deploy-unknown'])
    .optional(),
});
export type StepOutcome = z.infer<typeof StepOutcome>;

/** Results of a flow so far, oldest step first. */
export const StepOutcomes = z.array(StepOutcome);

const TaskRef = z.object({ v: z.literal(PAYLOAD_VERSION), task: id });
const Nothing = z.object({});
const Done = z.unknown();

const step = StepPayload.extend({ input: z.record(z.string(), z.unknown()) });

interface JobSpec<P extends z.ZodType, R extends z.ZodType> {
  readonly queue: QueueName;
  readonly payload: P;
  readonly result: R;
  /** Queue attempts for faults; outcomes never use them (REC-7). */
  readonly attempts: number;
  readonly backoffMs: number;
  /** Longest time of one run of the processor; null where it has its own deadlines. */
  readonly deadlineMs: number | null;
}

const job = <P extends z.ZodType, R extends z.ZodType>(spec: JobSpec<P, R>): JobSpec<P, R> => spec;
const MINUTE = 60_000;

/** Tries of a step's faults by queue (REC-10). */
const STEP_TRIES = {
  gates: { attempts: 3, backoffMs: 10_000 },
  checks: { attempts: 3, backoffMs: 10_000 },
  delivery: { attempts: 5, backoffMs: 5000 },
} as const;

/** A step of a stage attempt: takes its input, hands results up the flow. */
const stepJob = (queue: keyof typeof STEP_TRIES, deadlineMs: number | null) =>
  job({ queue, payload: step, result: StepOutcomes, ...STEP_TRIES[queue], deadlineMs });

/** A write to the tracker, however long that is away. */
const trackerJob = <P extends z.ZodType>(payload: P) =>
  job({ queue: 'tracker', payload, result: Done, attempts: 10, backoffMs: 5000, deadlineMs: MINUTE / 2 });

/** A periodic duty: never tried again, the next round comes by itself. */
const duty = job({
  queue: 'system',
  payload: Nothing,
  result: Done,
  attempts: 1,
  backoffMs: 0,
  deadlineMs: 5 * MINUTE,
});

export const CATALOG = {
  'settle-stage': job({
    queue: 'stages',
    payload: StepPayload,
    result: Done,
    attempts: 5,
    backoffMs: 2000,
    deadlineMs: MINUTE,
  }),
  'run-agent': job({
    queue: 'agents',
    payload: step.extend({ role: z.enum(ROLES) }),
    result: StepOutcomes,
    attempts: 2,
    backoffMs: 30_000,
    deadlineMs: null,
  }),
  prepare: stepJob('gates', 15 * MINUTE),
  /** A gate that needs control; `run-check` is one that any host can judge from git alone (REC-10). */
  'run-gate': stepJob('gates', 30 * MINUTE),
  'run-check': stepJob('checks', 30 * MINUTE),
  'project-checks': stepJob('checks', null),
  'ensure-pr': stepJob('gates', 5 * MINUTE),
  staging: stepJob('gates', 60 * MINUTE),
  merge: stepJob('delivery', 10 * MINUTE),
  deploy: stepJob('delivery', 5 * MINUTE),
  'finalize-deploy': stepJob('delivery', 5 * MINUTE),
  'watch-deploy': job({
    queue: 'delivery',
    payload: TaskRef.extend({ deploy: z.string() }),
    result: Done,
    attempts: 5,
    backoffMs: 5000,
    deadlineMs: 5 * MINUTE,
  }),
  rollback: job({
    queue: 'delivery',
    payload: TaskRef.extend({ deploy: z.string(), by: z.string() }),
    result: Done,
    attempts: 5,
    backoffMs: 5000,
    deadlineMs: 5 * MINUTE,
  }),
  revert: job({
    queue: 'delivery',
    payload: TaskRef.extend({ by: z.string(), input: z.record(z.string(), z.unknown()) }),
    result: Done,
    attempts: 5,
    backoffMs: 5000,
    deadlineMs: 30 * MINUTE,
  }),
  'stop-work': job({
    queue: 'delivery',
    payload: TaskRef.extend({ fence: id, by: z.string(), reason: z.string() }),
    result: Done,
    attempts: 10,
    backoffMs: 5000,
    deadlineMs: 5 * MINUTE,
  }),
  'finish-work': job({
    queue: 'delivery',
    payload: TaskRef,
    result: Done,
    attempts: 10,
    backoffMs: 10_000,
    deadlineMs: 5 * MINUTE,
  }),
  'create-issue': trackerJob(
    TaskRef.extend({ key: z.string(), labels: z.array(z.string()), order: z.string() }),
  ),
  'set-status': trackerJob(TaskRef.extend({ status: z.string(), key: z.string() })),
  'post-comment': trackerJob(
    TaskRef.extend({
      comment: z.string(),
      stage: z.enum(STAGES),
      attempt: id,
      author: z.string(),
      params: z.record(z.string(), z.unknown()),
      key: z.string(),
    }),
  ),
  'refresh-card': job({
    queue: 'chat',
    payload: TaskRef,
    result: Done,
    attempts: 300,
    backoffMs: 2000,
    deadlineMs: MINUTE,
  }),
  ping: job({
    queue: 'chat',
    payload: TaskRef.extend({
      ping: z.string(),
      /** Order of the messages of one task (ORD-2), and when it was caused. */
      seq: id,
      at: id,
      sound: z.enum(['silent', 'sound', 'critical']),
      cause: z.string(),
      params: z.record(z.string(), z.unknown()),
    }),
    result: Done,
    attempts: 300,
    backoffMs: 2000,
    deadlineMs: MINUTE,
  }),
  digest: job({
    queue: 'chat',
    payload: Nothing,
    result: Done,
    attempts: 5,
    backoffMs: 5000,
    deadlineMs: MINUTE,
  }),
  dispatch: duty,
  reconcile: duty,
  reap: duty,
  prune: duty,
  backup: duty,
} as const;

/** A duty that takes long holds up no other: each has a slot, and one is left for rounds that come too early. */
export const DUTY_SLOTS = Object.values(CATALOG).filter(({ queue }) => queue === 'system').length + 1;

export type JobName = keyof typeof CATALOG;
export type Payload<N extends JobName> = z.infer<(typeof CATALOG)[N]['payload']>;
export type Result<N extends JobName> = z.infer<(typeof CATALOG)[N]['result']>;

export const isJobName = (name: string): name is JobName => name in CATALOG;

/** The job that carries a step of a stage attempt. */
export function jobOfStep(step: string): JobName {
  if (step === 'agent') return 'run-agent';
  const gate = gateOfStep(step);
  if (gate !== null) return GATE_RULES[gate].needs === 'git' ? 'run-check' : 'run-gate';
  if (isJobName(step)) return step;
  throw new Error(`No job carries the step ${step}.`);
}

/** Deterministic job id (PIPE-14): `t42.development.2.agent`, `….g2` from the second generation on. */
export function stepJobId(
  ref: Pick<StepPayload, 'task' | 'stage' | 'attempt' | 'generation'>,
  step: string,
): string {
  const suffix = ref.generation > 1 ? `.g${ref.generation}` : '';
  return `t${ref.task}.${ref.stage}.${ref.attempt}.${step}${suffix}`;
}

/**
 * Thrown by a processor whose job needs another step first: the job holds no slot until that has ended, then looks again
 * and finds its results among `before`. Job ids are deterministic, so asking twice is asking once.
 */
export class StepFirst extends Error {
  readonly payload: z.infer<typeof step>;
  constructor(payload: z.infer<typeof step>) {
    super(`${payload.step} comes first`);
    this.name = 'StepFirst';
    this.payload = payload;
  }
}

/** What a processor gets beside its payload. */
export interface JobContext {
  readonly jobId: string;
  /** 1 on the first try. */
  readonly attempt: number;
  /** Times the job has looked again (`LookAgain`), 0 at first. */
  readonly looks: number;
  /** How often a worker that had this job in hand was lost; the job itself may have been carried out in part (REC-23). */
  readonly losses: number;
  readonly createdAt: number;
  /** Aborted by cancel, STOP, a newer fence, the deadline or shutdown; `reason` says which. */
  readonly signal: AbortSignal;
  /** Results handed up by the steps before this one; faults are among them as `faulted`. */
  readonly before: readonly StepOutcome[];
  /** What this job reported last, also in an earlier look or try; null at first. */
  readonly reported: Readonly<Record<string, unknown>> | null;
  progress(value: Record<string, unknown>): Promise<void>;
}

export type Processor<N extends JobName> = (payload: Payload<N>, context: JobContext) => Promise<Result<N>>;
export type Processors = { readonly [N in JobName]: Processor<N> };
