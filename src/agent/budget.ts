/** Caps in USD; null is `off` (AGENT-46). */
export interface Caps {
  attemptUsd: number | null;
  taskUsd: number | null;
  dayUsd: number | null;
}

export type CapName = 'attempt' | 'task' | 'day';

export interface SpentUsd {
  attempt: number;
  task: number;
  /** All tasks of the project's day, in `ORCH_TZ`. */
  day: number;
  /** Caps reserved by other runs in progress today. */
  dayReserved: number;
}

export interface RaisedUsd {
  attempt: number;
  task: number;
  day: number;
}

export type RunCap =
  /** Null: no cap applies. `cap` is the one that would stop the run. */
  | { start: true; capUsd: number | null; cap: CapName | null }
  | { start: false; cap: CapName; leftUsd: number };

const NAMES: readonly CapName[] = ['attempt', 'task', 'day'];

/** A project's own caps replace the global ones, name by name; `null` there is `off`. */
export function effectiveCaps(
  global: Caps,
  project: { attemptUsd?: number | null; taskUsd?: number | null; dayUsd?: number | null },
): Caps {
  const pick = (own: number | null | undefined, standard: number | null) =>
    own === undefined ? standard : own;
  return {
    attemptUsd: pick(project.attemptUsd, global.attemptUsd),
    taskUsd: pick(project.taskUsd, global.taskUsd),
    dayUsd: pick(project.dayUsd, global.dayUsd),
  };
}

/** What the next run may cost, or which cap forbids it (AGENT-47). */
export function runCap(facts: { caps: Caps; spent: SpentUsd; raised: RaisedUsd; minRunUsd: number }): RunCap {
  const left = leftOf(facts);
  const least = NAMES.reduce((a, b) => (left[b] < left[a] ? b : a));
  if (left[least] === Number.POSITIVE_INFINITY) return { start: true, capUsd: null, cap: null };
  if (left[least] < facts.minRunUsd) return { start: false, cap: least, leftUsd: Math.max(0, left[least]) };
  return { start: true, capUsd: roundCents(left[least]), cap: least };
}

/** The fullest cap with its share, 0 to 1 and beyond; for the warning at 80 % (AGENT-47). Null where all are off. */
export function fullestCap(facts: {
  caps: Caps;
  spent: SpentUsd;
  raised: RaisedUsd;
}): { cap: CapName; share: number } | null {
  const totals = totalsOf(facts);
  const shares = NAMES.flatMap((cap) => {
    const total = totals[cap];
    return total === Number.POSITIVE_INFINITY ? [] : [{ cap, share: facts.spent[cap] / total }];
  });
  return shares.sort((a, b) => b.share - a.share)[0] ?? null;
}

function totalsOf({ caps, raised }: { caps: Caps; raised: RaisedUsd }): Record<CapName, number> {
  const total = (cap: number | null, extra: number) =>
    cap === null ? Number.POSITIVE_INFINITY : cap + extra;
  return {
    attempt: total(caps.attemptUsd, raised.attempt),
    task: total(caps.taskUsd, raised.task),
    day: total(caps.dayUsd, raised.day),
  };
}

function leftOf(facts: { caps: Caps; spent: SpentUsd; raised: RaisedUsd }): Record<CapName, number> {
  const totals = totalsOf(facts);
  const { spent } = facts;
  return {
    attempt: totals.attempt - spent.attempt,
    task: totals.task - spent.task,
    day: totals.day - spent.day - spent.dayReserved,
  };
}

/** Down, so that the sum of the runs never passes the cap. */
const roundCents = (usd: number): number => Math.floor(usd * 100 + 1e-6) / 100;
