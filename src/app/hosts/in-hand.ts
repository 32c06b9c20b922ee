import {
  CATALOG,
  isStepPayload,
  type JobContext,
  type Processors,
  type StepOutcome,
} from '../../queues/catalog.ts';
import type { Hearing } from '../hearing.ts';

/** What the workers of this process have in hand, known without Redis. */
export interface InHand {
  /** Tasks one of whose steps is being worked on here and now. */
  tasks(): ReadonlySet<number>;
  /**
   * The same processors, watched. The result of a step is told the moment it is there, because the queue may have
   * lost the job meanwhile and would never tell it (REC-42, REC-46). Telling it twice is harmless: its key is the job's id.
   */
  watch(processors: Processors, hearing: Pick<Hearing, 'endedHere'>): Processors;
}

type Process = (payload: unknown, context: JobContext) => Promise<unknown>;

export function createInHand(): InHand {
  const steps = new Map<symbol, number>();

  const watched =
    (process: Process, hearing: Pick<Hearing, 'endedHere'>): Process =>
    async (payload, context) => {
      if (!isStepPayload(payload)) return process(payload, context);
      const mine = Symbol(payload.step);
      steps.set(mine, payload.task);
      try {
        const result = await process(payload, context);
        const own = Array.isArray(result)
          ? (result as StepOutcome[]).find(({ step }) => step === payload.step)
          : undefined;
        if (own) await hearing.endedHere(payload, own);
        return result;
      } finally {
        steps.delete(mine);
      }
    };

  return {
    tasks: () => new Set(steps.values()),
    watch: (processors, hearing) =>
      Object.fromEntries(
        (Object.keys(CATALOG) as (keyof Processors)[]).map((name) => [
          name,
          watched(processors[name] as Process, hearing),
        ]),
      ) as unknown as Processors,
  };
}
