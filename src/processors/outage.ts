import { AppError } from '../errors.ts';
import { type JobContext, LookAgain } from '../queues/catalog.ts';
import type { StepResultOf } from './step.ts';

/**
 * The forge did not answer while a step needed it. `keep` is what the step has done already and need not do again;
 * it finds that in `context.reported` when it looks again.
 */
export class Unreachable extends Error {
  readonly keep: Readonly<Record<string, unknown>>;

  constructor(reason: string, keep: Readonly<Record<string, unknown>> = {}) {
    super(reason);
    this.name = 'Unreachable';
    this.keep = keep;
  }
}

/** What a step tells while it waits for the forge (PIPE-45 `backoff`). */
export interface Outage {
  reason: string;
  /** This is the k-th look of at most `max`. */
  k: number;
  max: number;
  /** Until the next look. */
  delayMs: number;
}

const FIRST_MS = 2_000;
const LONGEST_MS = 60_000;
/** About four hours; then it is a fault that a person hears of (REC-7). */
const MAX_LOOKS = 240;

interface Lost {
  reason: string;
  keep: Readonly<Record<string, unknown>>;
}

/** Why a thrown error is only the forge being away; null for every other fault. */
export function lostBy(error: unknown): Lost | null {
  if (error instanceof Unreachable) return { reason: error.message, keep: error.keep };
  const away = error instanceof AppError && error.retry && error.code === 'git-unreachable';
  return away ? { reason: error.message, keep: {} } : null;
}

/** A gate says the same by an outcome (PIPE-63). */
export const lostIn = ({ outcome, reason, evidence }: StepResultOf): Lost | null =>
  outcome === 'cannot-verify' && evidence.unreachable === true ? { reason, keep: {} } : null;

/** How often this job has waited for the forge. */
export const outagesOf = ({ reported }: Pick<JobContext, 'reported'>): number =>
  typeof reported?.outages === 'number' ? reported.outages : 0;

/**
 * A context whose progress keeps the count of outages, and whose `looks` are only the step's own. `wait` puts the
 * job to sleep without holding a slot; it returns where patience is used up.
 */
export function withOutages(context: JobContext): { context: JobContext; wait(lost: Lost): Promise<void> } {
  const outages = outagesOf(context);
  let last: Record<string, unknown> = { ...context.reported };
  const tell = (value: Record<string, unknown>) => {
    last = value;
    return context.progress(value);
  };
  return {
    context: {
      ...context,
      looks: Math.max(0, context.looks - outages),
      progress: (value) =>
        tell({ ...(value as Record<string, unknown>), ...(outages > 0 ? { outages } : {}) }),
    },
    async wait({ reason, keep }) {
      if (outages >= MAX_LOOKS) return;
      const delayMs = Math.min(FIRST_MS * 2 ** Math.min(outages, 10), LONGEST_MS);
      const outage: Outage = { reason, k: outages + 1, max: MAX_LOOKS, delayMs };
      const { pending: _, progress: __, ...kept } = last;
      await tell({ ...kept, ...keep, outages: outages + 1, outage });
      throw new LookAgain(delayMs);
    },
  };
}
