import type { Evidence } from '../evidence.ts';

/** Counters of the last line that must be zero. */
export const COUNTERS = [
  'lost',
  'duplicateTransitions',
  'duplicateMerges',
  'duplicateComments',
  'duplicatePings',
  'gatesSkipped',
  'unownedStates',
  'silentDeaths',
] as const;
export type Counter = (typeof COUNTERS)[number];

/** One small question to the evidence; every answer is a complaint. */
export interface Check {
  counter: Counter;
  asks: string;
  find: (evidence: Evidence) => string[];
}
