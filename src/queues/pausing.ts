import type { Worker } from 'bullmq';

/** How long a process keeps off a queue in which it has left a job to others: whoever is quickest would take it again and again. */
const ASIDE_MS = 1000;

/** Workers that rest for two reasons which know nothing of each other: somebody wants it, or one has stepped aside. */
export interface Pausing {
  pause(): Promise<void>;
  resume(): void;
  stepAside(worker: Worker): void;
  close(): void;
}

export function createPausing(workers: () => readonly Worker[]): Pausing {
  let paused = false;
  const aside = new Map<Worker, NodeJS.Timeout>();
  return {
    async pause() {
      paused = true;
      await Promise.all(workers().map((worker) => worker.pause(true)));
    },
    resume() {
      paused = false;
      for (const worker of workers()) if (!aside.has(worker)) void worker.resume();
    },
    stepAside(worker) {
      if (aside.has(worker)) return;
      void worker.pause(true);
      const back = (): void => {
        aside.delete(worker);
        if (!paused) void worker.resume();
      };
      aside.set(worker, setTimeout(back, ASIDE_MS).unref());
    },
    close() {
      for (const timer of aside.values()) clearTimeout(timer);
    },
  };
}
