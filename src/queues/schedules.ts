import { CATALOG, type JobName } from './catalog.ts';
import type { Publisher } from './publisher.ts';

/** One repeatable job; `everyMs` null removes it. */
export interface Schedule {
  job: Extract<JobName, 'dispatch' | 'reconcile' | 'reap' | 'prune' | 'backup' | 'digest'>;
  everyMs: number | null;
}

/** Applies the schedules; repeatable and safe after Redis was emptied (REC-41). */
export async function applySchedules(publisher: Publisher, schedules: readonly Schedule[]): Promise<void> {
  for (const { job, everyMs } of schedules) {
    const queue = publisher.queues[CATALOG[job].queue];
    if (everyMs === null) await queue.removeJobScheduler(job);
    else {
      await queue.upsertJobScheduler(
        job,
        { every: everyMs },
        {
          name: job,
          data: {},
          opts: { priority: 100, removeOnComplete: { count: 20 }, removeOnFail: { count: 50 } },
        },
      );
    }
  }
}

/** After a start nothing outside has been looked at for as long as the process was away (REC-70). */
const FIRST_ROUND_MS = 10_000;

/** The first round of the reconciler after a start, however far off its next turn is (REC-70). */
export const scheduleFirstRound = (publisher: Publisher, bootAt: number): Promise<void> =>
  publisher.publish('reconcile', {}, { jobId: `reconcile.boot.${bootAt}`, delayMs: FIRST_ROUND_MS });

/** Begins every schedule anew, from now: after the clock was set back, their next turns lie in a time to come. */
export async function renewSchedules(publisher: Publisher, schedules: readonly Schedule[]): Promise<void> {
  for (const { job } of schedules) await publisher.queues[CATALOG[job].queue].removeJobScheduler(job);
  await applySchedules(publisher, schedules);
  // What waits for its time there has waited long enough; every delayed job may run early.
  for (const queue of Object.values(publisher.queues)) await queue.promoteJobs();
}
