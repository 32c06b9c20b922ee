import type { ChecksResult } from '../../workspace/checks.ts';
import type { CheckHistory } from '../gate.ts';

/** Passes from which on the median is taken as it is; five is what SHIP-58 names. */
const MEDIAN_OF = 5;
/** With fewer passes than that, at least so many, and a median long enough to mean something. */
const MIN_PASSES = 3;
const MIN_MEDIAN_MS = 5_000;

export interface Plausibility {
  history: CheckHistory;
  /** `ORCH_RETEST_MIN_RATIO`. */
  minRatio: number;
  /** Tests the plan names as removed. */
  removedTests: number;
}

/** Why a green run cannot be what it claims (SHIP-58); null when it is plausible. */
export function implausibility(run: ChecksResult, rule: Plausibility): string | null {
  return tooFast(run, rule) ?? tooFew(run, rule);
}

function tooFast(run: ChecksResult, { history, minRatio }: Plausibility): string | null {
  const durations = history.passes.slice(0, MEDIAN_OF).map((pass) => pass.durationMs);
  const median = medianOf(durations);
  const meaningful =
    durations.length >= MEDIAN_OF || (durations.length >= MIN_PASSES && median >= MIN_MEDIAN_MS);
  if (!meaningful || run.durationMs >= minRatio * median) return null;
  return `implausible test run: ended after ${seconds(run.durationMs)}, the median of its last ${durations.length} passes is ${seconds(median)}`;
}

function tooFew(run: ChecksResult, { history, removedTests }: Plausibility): string | null {
  if (history.mainTests === null) return null;
  const expected = history.mainTests - removedTests;
  const executed = run.tests ?? 0;
  if (executed >= expected) return null;
  return `implausible test run: executed ${executed} tests, the last green run on main executed ${history.mainTests}`;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
