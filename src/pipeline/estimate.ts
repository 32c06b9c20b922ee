import type { Complexity } from './complexity.ts';
import type { WorkStage } from './stages.ts';
import type { TaskState } from './task.ts';
import type { RunRecord } from './view.ts';

/** A delivered task, as far as an estimate reads it. */
export interface PastTask {
  complexity: Complexity | null;
  /** USD of every run behind the approval. */
  costUsd: number;
  /** From the first run behind the approval to the end, without the time it waited for a person. */
  workMs: number;
}

/** What the rest of a task may take, from what earlier ones took. */
export interface Estimate {
  /** Delivered tasks it is drawn from. */
  tasks: number;
  /** They are of the same size as this one. */
  sameSize: boolean;
  /** Half of them stayed below `typical`, four of five below `high`. */
  usd: Spread;
  ms: Spread;
}

interface Spread {
  typical: number;
  high: number;
}

/** Fewer delivered tasks tell nothing. */
const FEWEST = 3;
/** The stage a person approves before the rest begins; its own cost is known by then. */
const BEFORE: WorkStage = 'analysis';

/** What a delivered task took behind its approval; null where no run behind it is recorded. */
export function pastTask(
  task: TaskState,
  runs: readonly RunRecord[],
  complexity: Complexity | null,
): PastTask | null {
  const later = runs.filter(({ stage, startedAt }) => stage !== BEFORE && startedAt !== null);
  if (later.length === 0 || task.endedAt === null) return null;
  const begun = Math.min(...later.map(({ startedAt }) => startedAt ?? 0));
  return {
    complexity,
    costUsd: later.reduce((sum, { usage }) => sum + (usage?.costUsd ?? 0), 0),
    workMs: Math.max(0, task.endedAt - begun - task.confirm.ms),
  };
}

/** Cost and time of the work behind an approval; null while too few tasks were delivered. Tasks of the same size come first. */
export function estimateOf(past: readonly PastTask[], complexity: Complexity | null): Estimate | null {
  const alike = past.filter((one) => one.complexity === complexity);
  const sameSize = complexity !== null && alike.length >= FEWEST;
  const drawn = sameSize ? alike : past;
  if (drawn.length < FEWEST) return null;
  return {
    tasks: drawn.length,
    sameSize,
    usd: spreadOf(drawn.map(({ costUsd }) => costUsd)),
    ms: spreadOf(drawn.map(({ workMs }) => workMs)),
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { typical: at(0.5), high: at(0.8) };
}
