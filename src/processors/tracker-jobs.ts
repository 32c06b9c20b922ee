import { AppError } from '../errors.ts';
import type { StatusKey } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import { LookAgain, type Payload } from '../queues/catalog.ts';
import type { Tracker, TrackerWrite } from '../tracker/port.ts';

export interface TrackerJobDeps {
  task: (id: number) => TaskState | null;
  trackerFor: (repo: string) => Tracker;
  /** The text of an engine comment in the project's language (tracker.md section 9). */
  comment: (task: TaskState, job: Payload<'post-comment'>) => string;
  /** True while a newer status of the same issue waits to be written (TRK-4). */
  superseded: (task: number, key: string) => boolean;
  /** A write refused for good: logged and counted, never a fault (TRK-4). */
  dropped: (task: number, what: string, reason: string) => void;
}

const MAX_RETRY_AFTER_S = 3600;

function conclude(
  deps: TrackerJobDeps,
  task: number,
  { what, write }: { what: string; write: TrackerWrite },
): null {
  if (write.kind === 'permanent') deps.dropped(task, what, write.reason);
  if (write.kind !== 'transient') return null;
  if (write.retryAfterS !== undefined)
    throw new LookAgain(Math.min(write.retryAfterS, MAX_RETRY_AFTER_S) * 1000);
  throw new AppError('tracker-unreachable', `The tracker did not take ${what}: ${write.reason}.`, {
    fault: 'environment',
    retry: true,
  });
}

/** Writes a task's status; skipped when a newer one waits (PIPE-6, TRK-4). */
export const createSetStatus =
  (deps: TrackerJobDeps) =>
  async ({ task: id, status, key }: Payload<'set-status'>): Promise<null> => {
    const task = deps.task(id);
    if (task?.issueId == null || deps.superseded(id, key)) return null;
    const write = await deps.trackerFor(task.repo).setStatus(task.issueId, status as StatusKey, key);
    return conclude(deps, id, { what: `status ${status}`, write });
  };

/** Writes one comment; its key makes a repeat harmless (TRK-6). */
export const createPostComment =
  (deps: TrackerJobDeps) =>
  async (job: Payload<'post-comment'>): Promise<null> => {
    const task = deps.task(job.task);
    if (task?.issueId == null) return null;
    const comment = { html: deps.comment(task, job), author: job.author, key: job.key };
    const write = await deps.trackerFor(task.repo).addComment(task.issueId, comment);
    return conclude(deps, job.task, { what: `comment ${job.comment}`, write });
  };
