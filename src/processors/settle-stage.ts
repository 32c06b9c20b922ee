import type { Event, FactData, FactEvent, StepResult } from '../pipeline/events.ts';
import { factOfStepEnd, gateOfStep } from '../pipeline/plan.ts';
import type { JobContext, StepOutcome, StepPayload } from '../queues/catalog.ts';
import { stepJobId } from '../queues/catalog.ts';

export interface SettleDeps {
  /** Takes the step's own result over where the early report was missed (REC-42). */
  ended: (payload: StepPayload, result: StepOutcome) => Promise<void>;
  /** Submits an event to the engine; a refusal is recorded there and is no fault here. */
  report: (event: Event) => Promise<unknown>;
  now: () => number;
}

type Ref = Pick<StepPayload, 'task' | 'stage' | 'attempt' | 'generation' | 'fence'>;

const targetOf = ({ task, stage, attempt, fence }: Ref) => ({ task, stage, attempt, fence });

/** Key of the fact that a step ended: its job's id, so that however often it is told it counts once. */
export const resultKey = (ref: Parameters<typeof stepJobId>[0], step: string): string =>
  `${stepJobId(ref, step)}:result`;

/** The fact a step's own end is (REC-42). */
export function factOfStep(ref: Ref, result: StepOutcome, at: number): Event | null {
  const base = {
    kind: 'fact',
    key: resultKey(ref, result.step),
    at,
    target: targetOf(ref),
  } as const;
  if (result.outcome === 'not-run') return null;
  const name = factOfStepEnd(result.step);
  switch (name) {
    case 'agent-result':
      return isJudged(result) ? { ...base, name, data: agentData(result) } : null;
    case 'gate-result':
      return gateFact(base, result);
    case 'deploy-result': {
      const step = result.step as FactData['deploy-result']['step'];
      return { ...base, name, data: { step, result: result as StepResult } };
    }
    default:
      return name;
  }
}

/** A run that was not started has no class. */
const isJudged = ({ evidence }: StepOutcome): boolean => evidence.class !== undefined;

function gateFact(base: Omit<FactEvent, 'name' | 'data'>, result: StepOutcome): Event | null {
  const gate = gateOfStep(result.step);
  const { outcome, reason, evidence } = result;
  if (gate === null || outcome === 'faulted' || outcome === 'hold' || outcome === 'not-run') return null;
  return { ...base, name: 'gate-result', data: { gate, result: { outcome, reason, evidence } } };
}

const agentData = ({ evidence, reason }: StepOutcome): FactData['agent-result'] => {
  // Kept with the run; the decision needs none of it.
  const { session: _, outcome: _outcome, notReady, ...rest } = evidence;
  const data = rest as unknown as FactData['agent-result'];
  const { host } = (notReady ?? {}) as { host?: string };
  return { ...data, reason, headSha: data.headSha ?? null, ...(host === undefined ? {} : { host }) };
};

/** The parent of every stage attempt: always runs, always ends in an event (REC-11). */
export const createSettleStage =
  ({ ended, report, now }: SettleDeps) =>
  async (payload: StepPayload, context: JobContext): Promise<null> => {
    const steps = context.before;
    // Not one after the other: what is told in the same moment shares a commit, and keeps its order.
    const told: Promise<unknown>[] = steps.map((result) => ended(payload, result));
    const unfinished = steps.some(
      (one) =>
        factOfStepEnd(one.step) === 'agent-result' && isJudged(one) && one.evidence.class !== 'finished',
    );
    const settled: Event = {
      kind: 'fact',
      name: 'stage-settled',
      key: `${context.jobId}:settled`,
      at: now(),
      target: targetOf(payload),
      data: { steps: steps as readonly StepResult[] },
    };
    await Promise.all(unfinished ? told : [...told, report(settled)]);
    return null;
  };
