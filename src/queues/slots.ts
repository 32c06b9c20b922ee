/** One limit over several queues of a process: work that costs the same machine. */
export interface Slots {
  /** A free slot, as the function that gives it back; null where none gets free in time. */
  take(waitMs: number): Promise<(() => void) | null>;
}

export function createSlots(limit: number): Slots {
  let free = limit;
  const waiting = new Set<() => void>();

  function giveBack(): void {
    free += 1;
    const [first] = waiting;
    first?.();
  }

  function claim(): () => void {
    free -= 1;
    return giveBack;
  }

  return {
    async take(waitMs) {
      if (free > 0) return claim();
      return new Promise((resolve) => {
        const end = (slot: (() => void) | null): void => {
          clearTimeout(timer);
          waiting.delete(next);
          resolve(slot);
        };
        const next = (): void => end(claim());
        const timer = setTimeout(() => end(null), waitMs);
        waiting.add(next);
      });
    },
  };
}
