/** The two clocks of a machine, in milliseconds. */
export interface Clocks {
  /** Epoch time; people and time services set it. */
  wall: () => number;
  /** Nobody can set it; it may stand still while the machine sleeps. */
  monotonic: () => number;
}

/**
 * Epoch milliseconds that never go back. A wall clock that is set forward, or was ahead after a sleep, is followed at once:
 * things become due. One that is set back is met at half speed, so that no deadline, pause or lease stands still for as
 * long as the clock was wrong.
 */
export function createSteadyClock({ wall, monotonic }: Clocks): () => number {
  let last = wall();
  let lookedAt = monotonic();
  return () => {
    const found = wall();
    const at = monotonic();
    const passedMs = at - lookedAt;
    lookedAt = at;
    last = found >= last + passedMs ? found : Math.max(found, last + passedMs / 2);
    return Math.floor(last);
  };
}

/** The clock of a process of ours. */
export const steadyClock = (): (() => number) =>
  createSteadyClock({ wall: Date.now, monotonic: () => performance.now() });
