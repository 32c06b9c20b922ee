import type { JobName } from './catalog.ts';
import type { Publisher } from './publisher.ts';

/** One repeatable duty of the `system` queue; `everyMs` null removes it. */
export interface Schedule {
  job: Extract<JobName, 'dispatch' | 'reconcile' | 'reap' | 'prune' | 'backup' | 'digest'>;
  everyMs: number | null;
}

/** Applies the schedules; repeatable and safe after Redis was emptied (REC-41). */
export async function applySchedules(publisher: Publisher, schedules: readonly Schedule[]): Promise<void> {
  for (const { job, everyMs } of schedules) {
    const queue = publisher.queues.system;
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

/** Begins every schedule anew, from now: after the clock was set back, their next turns lie in a time to come. */
export async function renewSchedules(publisher: Publisher, schedules: readonly Schedule[]): Promise<void> {
  for (const { job } of schedules) await publisher.queues.system.removeJobScheduler(job);
  await applySchedules(publisher, schedules);
  // What waits for its time there has waited long enough; every delayed job may run early.
  for (const queue of Object.values(publisher.queues)) await queue.promoteJobs();
}
