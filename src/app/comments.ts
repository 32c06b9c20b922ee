import { type Role, STAGE_RULES } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import type { Payload } from '../queues/catalog.ts';
import type { EngineComment } from '../tracker/comments/render.ts';
import { renderComment } from '../tracker/comments/render.ts';
import { controlName } from '../tracker/plane/status-map.ts';
import type { Parts } from './parts.ts';

/** The text of an engine comment, with what the database knows about its run (tracker.md section 9). */
export function commentOf(
  { config, house, project, place, plane }: Parts,
  task: TaskState,
  job: Payload<'post-comment'>,
): string {
  const runs = house.runs.of(task.id);
  const run = runs.findLast(({ stage, attempt }) => stage === job.stage && attempt === job.attempt);
  const entry = project(task.repo);
  const states = entry.tracker === 'plane' ? plane.open(task.repo).project.states.last() : null;
  const durationMs = run?.startedAt && run.endedAt ? run.endedAt - run.startedAt : null;
  return renderComment({
    kind: job.comment as EngineComment,
    lang: config.i18n.lang,
    tz: config.i18n.tz,
    stage: job.stage,
    author: job.author as Role | 'stream',
    params: job.params,
    task,
    stateName: (key) => (states === null ? null : controlName(states, key)),
    durationMs,
    usage: run?.usage ?? null,
    runs: runs.map(({ stage, usage }) => ({ role: STAGE_RULES[stage].role, usage })),
    deploy: entry.deploy ?? null,
    onError: (error) =>
      place.log.warn({ taskId: task.id, err: String(error) }, 'a comment could not be built whole'),
  });
}
