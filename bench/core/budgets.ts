/** A limit on one figure of a part. Ratios and sizes, never absolute times of this machine alone. */
export interface Budget {
  figure: string;
  limit: { atLeast: number } | { atMost: number } | { equals: string };
  /** `goal`: told when missed. `budget`: missing it fails the run. */
  kind: 'goal' | 'budget';
}

export interface Judgement {
  part: string;
  budget: Budget;
  found: number | null;
  kept: boolean;
}

type Figures = Readonly<Record<string, number | null>>;

/** A figure that could not be measured keeps every limit: its part says why it is missing. */
export function judge(part: string, budgets: readonly Budget[], figures: Figures): Judgement[] {
  return budgets.map((budget) => {
    const found = figures[budget.figure] ?? null;
    return { part, budget, found, kept: found === null || keeps(found, budget, figures) };
  });
}

function keeps(found: number, { limit }: Budget, figures: Figures): boolean {
  if (Number.isNaN(found)) return false;
  if ('atLeast' in limit) return found >= limit.atLeast;
  if ('atMost' in limit) return found <= limit.atMost;
  return found === figures[limit.equals];
}

/** 1 when a budget is broken; a missed goal is only told. */
export const exitCodeOf = (judgements: readonly Judgement[]): 0 | 1 =>
  judgements.some(({ kept, budget }) => !kept && budget.kind === 'budget') ? 1 : 0;
