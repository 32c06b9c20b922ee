import type { PlaneStore } from './store.ts';

/**
 * Plane's clock beside ours. Plane dates what a person did and we date what we asked for: PLANE-31 compares the two,
 * so a Plane that is behind by a minute would make every decision of the first minute one about something older.
 */
export interface PlaneClock {
  /** Learns from the answer to a write of ours: `updatedAt` lies between its sending and its answer. */
  learn(write: { sentAt: number; updatedAt: number; answeredAt: number }): void;
  /** Our time of an instant that Plane names. */
  ours(at: number): number;
  /** Plane's time of an instant of ours. */
  theirs(at: number): number;
}

const KEY = 'plane.ahead_ms';

/** One server per installation, so one clock; what was learnt survives a restart. */
export function createPlaneClock(store: Pick<PlaneStore, 'value' | 'putValue'>): PlaneClock {
  const aheadMs = (): number => Number(store.value(KEY) ?? 0);
  return {
    learn({ sentAt, updatedAt, answeredAt }) {
      // The smallest difference that explains the answer: none where the clocks agree as far as can be seen.
      const found = Math.max(updatedAt - answeredAt, 0) + Math.min(updatedAt - sentAt, 0);
      if (found !== aheadMs()) store.putValue(KEY, String(found));
    },
    ours: (at) => at - aheadMs(),
    theirs: (at) => at + aheadMs(),
  };
}
