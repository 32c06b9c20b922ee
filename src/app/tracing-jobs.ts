import { gateOfStep } from '../pipeline/plan.ts';
import { isStepPayload, LookAgain, type Processors, StepFirst, type StepPayload } from '../queues/catalog.ts';
import { startTracing, traced } from '../tracing.ts';
import type { Cleanup } from './cleanup.ts';
import type { Place } from './parts.ts';

type Process = (payload: unknown, context: unknown) => Promise<unknown>;

/** `gate tests_passed`, `agent development`, `job merge`: what a person looks for in a trace. */
function nameOf({ step, stage }: StepPayload): string {
  if (gateOfStep(step) !== null) return step.replace('.', ' ');
  return step === 'settle' ? `job ${step}` : `${step} ${stage}`;
}

/** Every job of a stage attempt as a span of the trace that caused it, whichever process runs it (REC-143). */
export function traceJobs(processors: Processors): Processors {
  const wrapped = (process: Process): Process => {
    return async (payload, context) => {
      if (!isStepPayload(payload)) return process(payload, context);
      const { task, wid, stage, attempt, step, traceparent } = payload;
      const attributes = { task, wid, stage, attempt, step };
      const end = await traced({ name: nameOf(payload), attributes, traceparent }, async () => {
        try {
          return { value: await process(payload, context) };
        } catch (error) {
          // Looking again later is no failure.
          if (error instanceof LookAgain || error instanceof StepFirst) return { again: error };
          throw error;
        }
      });
      if ('again' in end) throw end.again;
      return end.value;
    };
  };
  const entries = Object.entries(processors) as [string, Process][];
  return Object.fromEntries(
    entries.map(([name, process]) => [name, wrapped(process)]),
  ) as unknown as Processors;
}

/** Sends traces where the settings say so; the last ones when everything else has ended. */
export async function traceTo(
  endpoint: string | undefined,
  { version, host }: Pick<Place, 'version' | 'host'>,
  cleanup: Cleanup,
): Promise<void> {
  if (endpoint !== undefined) cleanup.add('traces', await startTracing({ endpoint, version, host }));
}
