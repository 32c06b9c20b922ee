import type { JobContext, StepOutcome, StepPayload } from '../queues/catalog.ts';
import { lostBy, lostIn, withOutages } from './outage.ts';
import { firstRefusal, type StepInput, withFacts } from './step-input.ts';

/** What a step gets to do its work with. */
export interface StepCall {
  payload: StepPayload;
  input: StepInput;
  context: JobContext;
}

export type StepResultOf = Omit<StepOutcome, 'step'>;

/** A step that passed, with what it established. */
export const passed = (reason: string, evidence: Record<string, unknown> = {}): StepResultOf => ({
  outcome: 'passed',
  reason,
  evidence,
});

/**
 * The frame of every step of a stage attempt: hands earlier outcomes up unchanged, runs nothing after a refusal
 * or a cancel order, and adds its own outcome at the end (REC-11).
 */
export function step(work: (call: StepCall) => Promise<StepResultOf>) {
  return async (
    payload: StepPayload & { input: Record<string, unknown> },
    context: JobContext,
  ): Promise<StepOutcome[]> => {
    const before = [...context.before];
    const skip = (reason: string): StepOutcome[] => [
      ...before,
      { step: payload.step, outcome: 'not-run', reason, evidence: {} },
    ];
    if (firstRefusal(before)) return skip('an earlier step did not pass');
    if (context.signal.aborted) return skip(String(context.signal.reason));
    const input = withFacts(payload.input as unknown as StepInput, before);
    const patient = withOutages(context);
    const result = await whileAway(patient.wait, () => work({ payload, input, context: patient.context }));
    return [...before, { step: payload.step, ...result }];
  };
}

/** The forge being away is neither a verdict nor a fault: the step sleeps and looks again. */
async function whileAway(
  wait: ReturnType<typeof withOutages>['wait'],
  work: () => Promise<StepResultOf>,
): Promise<StepResultOf> {
  let result: StepResultOf;
  try {
    result = await work();
  } catch (error) {
    const lost = lostBy(error);
    if (lost) await wait(lost);
    throw error;
  }
  const lost = lostIn(result);
  if (lost) await wait(lost);
  return result;
}
