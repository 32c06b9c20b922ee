/** How long and how hard: the full form is ordered by hand, the short one runs with every test run. */
export interface Form {
  seed: number;
  faults: number;
  tasks: number;
  /** Within which the faults are injected and tasks are begun. */
  stormMs: number;
  /** Within which everything must have come to its right end, from the start. */
  budgetMs: number;
  /** Where the whole report goes. */
  reportFile: string | null;
  /** Where the last line goes, for whoever prints it last. */
  lineFile: string | null;
}

const SHORT = { tasks: 6, faults: 40, stormMs: 50_000, budgetMs: 240_000 };
const FULL = { tasks: 40, faults: 300, stormMs: 270_000, budgetMs: 580_000 };

/** `--seed N --faults N` as handed over in `CHAOS_SEED` and `CHAOS_FAULTS`; without a number of faults the short form. */
export function formOf(env: Readonly<Record<string, string | undefined>>): Form {
  const faults = numberOf(env.CHAOS_FAULTS);
  const size = faults !== null && faults > SHORT.faults ? FULL : SHORT;
  return {
    ...size,
    seed: numberOf(env.CHAOS_SEED) ?? 1,
    faults: faults ?? size.faults,
    tasks: numberOf(env.CHAOS_TASKS) ?? size.tasks,
    budgetMs: numberOf(env.CHAOS_BUDGET_MS) ?? size.budgetMs,
    reportFile: env.CHAOS_REPORT ?? null,
    lineFile: env.CHAOS_LINE ?? null,
  };
}

const numberOf = (text: string | undefined): number | null =>
  text === undefined || !/^\d+$/.test(text) ? null : Number(text);
