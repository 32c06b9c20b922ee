import type { GateName } from './stages.ts';
import { GATE_RULES } from './stages.ts';
import type { VerdictRecord } from './view.ts';

/** How much a task is, judged by its analysis before anything is built. */
export const COMPLEXITIES = ['small', 'medium', 'large'] as const;
export type Complexity = (typeof COMPLEXITIES)[number];

/** What the analysis gate counted: acceptance criteria of 03 and tests of 04. */
export interface AnalysisSize {
  criteria: number;
  tests: number;
}

/** Most criteria and tests together that still make a task of this size. */
const UP_TO: readonly (readonly [Complexity, number])[] = [
  ['small', 6],
  ['medium', 18],
];

const SIZED_BY: GateName = 'check_analysis_complete';
const STEP = `gate.${GATE_RULES[SIZED_BY].step}`;

const count = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0);

/** The size that the newest complete analysis counted; null before there is one. */
export function complexityOf(verdicts: readonly VerdictRecord[]): Complexity | null {
  const complete = verdicts.findLast(({ step, outcome }) => step === STEP && outcome === 'passed');
  const items = count(complete?.evidence.criteria) + count(complete?.evidence.tests);
  if (items === 0) return null;
  return UP_TO.find(([, most]) => items <= most)?.[0] ?? 'large';
}
