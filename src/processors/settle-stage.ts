import type { Event, FactData, StepResult } from '../pipeline/events.ts';
import { gateOfStep } from '../pipeline/plan.ts';
import type { JobContext, StepOutcome, StepPayload } from '../queues/catalog.ts';
import { stepJobId } from '../queues/catalog.ts';

export interface SettleDeps {
  /** Takes the step's own result over where the early report was missed (REC-42). */
  ended: (payload: StepPayload, result: StepOutcome) => void;
  /** Submits an event to the engine; a refusal is recorded there and is no fault here. */
  report: (event: Event) => void;
  now: () => number;
}

type Ref = Pick<StepPayload, 'task' | 'stage' | 'attempt' | 'generation' | 'fence'>;

const targetOf = ({ task, stage, attempt, fence }: Ref) => ({ task, stage, attempt, fence });

/**
 * The fact a step's own end is (REC-42). Its key is the job's id, so the early report and the one of the settle
 * job count once.
 */
export function factOfStep(ref: Ref, result: StepOutcome, at: number): Event | null {
  const base = {
    kind: 'fact',
    key: `${stepJobId(ref, result.step)}:result`,
    at,
    target: targetOf(ref),
  } as const;
  if (result.outcome === 'not-run') return null;
  if (result.step === 'agent') {
    if (result.evidence.class === undefined) return null;
    return { ...base, name: 'agent-result', data: agentData(result) };
  }
  const gate = gateOfStep(result.step);
  const { outcome, reason, evidence } = result;
  if (gate !== null) {
    if (outcome === 'faulted' || outcome === 'hold') return null;
    return { ...base, name: 'gate-result', data: { gate, result: { outcome, reason, evidence } } };
  }
  const phase = result.step;
  if (phase !== 'merge' && phase !== 'deploy' && phase !== 'finalize-deploy') return null;
  return { ...base, name: 'deploy-result', data: { step: phase, result: result as StepResult } };
}

const agentData = ({ evidence, reason }: StepOutcome): FactData['agent-result'] => {
  // Kept with the run; the decision needs none of it.
  const { session: _, outcome: _outcome, notReady: _notReady, ...rest } = evidence;
  const data = rest as unknown as FactData['agent-result'];
  return { ...data, reason, headSha: data.headSha ?? null };
};

/** The parent of every stage attempt: always runs, always ends in an event (REC-11). */
export const createSettleStage =
  ({ ended, report, now }: SettleDeps) =>
  async (payload: StepPayload, context: JobContext): Promise<null> => {
    const steps = context.before;
    for (const result of steps) ended(payload, result);
    const unfinished = steps.some(
      ({ step, evidence }) =>
        step === 'agent' && evidence.class !== undefined && evidence.class !== 'finished',
    );
    if (unfinished) return null;
    report({
      kind: 'fact',
      name: 'stage-settled',
      key: `${context.jobId}:settled`,
      at: now(),
      target: targetOf(payload),
      data: { steps: steps as readonly StepResult[] },
    });
    return null;
  };
