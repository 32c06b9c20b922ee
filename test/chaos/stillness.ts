import type { TaskRow } from './witness.ts';

/** How long a state may stay as it is while nothing is down, in the fast settings; longer means that nobody drives it. */
const LONGEST_MS: Readonly<Record<string, number>> = {
  working: 90_000,
  ci: 30_000,
  dependency: 30_000,
  lease: 120_000,
  backoff: 30_000,
  breaker: 60_000,
  limit: 30_000,
  runtime: 45_000,
  deploying: 90_000,
  stopping: 60_000,
};
/** Where a task needs its repository's lease. */
const UNDER_LEASE: ReadonlySet<string> = new Set(['deploy-staging', 'deploy', 'done']);
/** States a person ends; the people of this house act within seconds. */
const PEOPLES_MS = 60_000;

export interface Stillness {
  /** Called with every look at the tasks. */
  look(tasks: readonly TaskRow[], good: boolean): void;
  /** What stood still for too long, each once. */
  stuck(): string[];
}

export function createStillness(mayStay: (task: TaskRow) => boolean): Stillness {
  const still = new Map<number, { version: number; ms: number }>();
  const stuck = new Map<string, string>();
  let lookedAt = performance.now();
  const moved = ({ id, version, stage }: TaskRow): boolean =>
    UNDER_LEASE.has(stage) && still.get(id)?.version !== version;
  return {
    look(tasks, good) {
      const stepMs = performance.now() - lookedAt;
      lookedAt = performance.now();
      // Who waits for a lease waits for all before it: that is still only while none of its repository moves.
      const moving = new Set(tasks.filter(moved).map(({ repo }) => repo));
      for (const task of tasks) {
        const before = still.get(task.id);
        if (before && task.activity === 'lease' && moving.has(task.repo)) before.ms = 0;
        if (before?.version !== task.version) {
          still.set(task.id, { version: task.version, ms: 0 });
          continue;
        }
        if (good) before.ms += stepMs;
        if (task.activity === 'ended' || mayStay(task)) continue;
        const longest = LONGEST_MS[task.activity] ?? PEOPLES_MS;
        if (before.ms > longest)
          stuck.set(
            `${task.id} ${task.version}`,
            `${task.wid} stood at ${task.stage}.${task.attempt} ${task.activity} for more than ${longest / 1000} s`,
          );
      }
    },
    stuck: () => [...stuck.values()],
  };
}
