import type { Event } from '../pipeline/events.ts';
import type { StatusKey } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import { type JobContext, LookAgain, type Payload } from '../queues/catalog.ts';
import type { Tracker, TrackerWrite } from '../tracker/port.ts';

export interface TrackerJobDeps {
  task: (id: number) => TaskState | null;
  trackerFor: (repo: string) => Tracker;
  /** The text of an engine comment in the project's language (tracker.md section 9). */
  comment: (task: TaskState, job: Payload<'post-comment'>) => Promise<string>;
  /** True while a newer status of the same issue waits to be written (TRK-4). */
  superseded: (task: number, key: string) => boolean;
  /** The write has ended, one way or another: the next one of the issue may be published (TRK-4). */
  done: (key: string) => Promise<void>;
  report: (event: Event) => void;
  now: () => number;
  /** A write refused for good: logged and counted, never a fault (TRK-4). */
  dropped: (task: number, what: string, reason: string) => void;
}

const MAX_RETRY_AFTER_S = 3600;
/** 5 s, doubled up to 10 min, for as long as it takes (TRK-4). */
const retryMs = (tries: number): number => Math.min(5000 * 2 ** tries, 600_000);

type Context = Pick<JobContext, 'reported' | 'progress'>;

interface Order {
  task: number;
  key: string;
  what: string;
  write: (tracker: Tracker, issue: string, task: TaskState) => Promise<TrackerWrite>;
}

/** Writes; a tracker that is away only delays it (TRK-7). Nothing is written without an issue, or to a deleted one (PLANE-45). */
async function carryOut(deps: TrackerJobDeps, order: Order, context: Context): Promise<null> {
  const { task: id, key, what } = order;
  const task = deps.task(id);
  if (task?.issueId != null && !task.issueGone) {
    const write = await order.write(deps.trackerFor(task.repo), task.issueId, task);
    if (write.kind === 'transient') return again(context, write.retryAfterS);
    if (write.kind === 'permanent') deps.dropped(id, what, write.reason);
  }
  await deps.done(key);
  return null;
}

/** Throws LookAgain: waiting for a tracker uses up no attempt of the job. */
async function again({ reported, progress }: Context, retryAfterS: number | undefined): Promise<never> {
  if (retryAfterS !== undefined) throw new LookAgain(Math.min(retryAfterS, MAX_RETRY_AFTER_S) * 1000);
  const tries = Number(reported?.tries ?? 0);
  await progress({ tries: tries + 1 });
  throw new LookAgain(retryMs(tries));
}

/** Creates the issue of a task that began while the tracker was away; what waits behind it is written then (PLANE-12). */
export const createCreateIssue =
  (deps: TrackerJobDeps) =>
  async ({ task: id, key, labels, order }: Payload<'create-issue'>, context: Context): Promise<null> => {
    const task = deps.task(id);
    if (task !== null && task.issueId === null) {
      const { title, description, createdBy, repo } = task;
      const issue = { title, description, labels, createdBy: createdBy.name, key };
      const made = await deps.trackerFor(repo).createIssue(issue);
      if (made.kind === 'transient') return again(context, made.retryAfterS);
      if (made.kind === 'ok')
        deps.report({
          ...{ kind: 'fact', name: 'tracker-changed', data: { issueId: made.value.id } },
          ...{ key: `issue:${key}`, target: { task: id }, at: deps.now() },
        });
      else deps.dropped(id, 'the issue', made.reason);
    }
    await deps.done(order);
    return null;
  };

/** Writes a task's status; skipped when a newer one waits (PIPE-6, TRK-4). */
export const createSetStatus =
  (deps: TrackerJobDeps) =>
  ({ task, status, key }: Payload<'set-status'>, context: Context): Promise<null> =>
    carryOut(
      deps,
      {
        ...{ task, key, what: `status ${status}` },
        write: async (tracker, issue) =>
          deps.superseded(task, key)
            ? { kind: 'skipped', reason: 'a newer status waits' }
            : tracker.setStatus(issue, status as StatusKey, key),
      },
      context,
    );

/** Writes one comment; its key makes a repeat harmless (TRK-6). */
export const createPostComment =
  (deps: TrackerJobDeps) =>
  (job: Payload<'post-comment'>, context: Context): Promise<null> =>
    carryOut(
      deps,
      {
        ...{ task: job.task, key: job.key, what: `comment ${job.comment}` },
        write: async (tracker, issue, task) => {
          const html = await deps.comment(task, job);
          return tracker.addComment(issue, { html, author: job.author, key: job.key });
        },
      },
      context,
    );
