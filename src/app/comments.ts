import { type Role, STAGE_RULES } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import type { VerdictRecord } from '../pipeline/view.ts';
import type { Payload } from '../queues/catalog.ts';
import { verdictSource } from '../tracker/comments/documents.ts';
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
    verdict: verdictOf(house.verdicts.of(task.id), job),
    durationMs,
    usage: run?.usage ?? null,
    runs: runs.map(({ stage, usage }) => ({ role: STAGE_RULES[stage].role, usage })),
    deploy: entry.deploy ?? null,
    onError: (error) =>
      place.log.warn({ taskId: task.id, err: String(error) }, 'a comment could not be built whole'),
  });
}

/** The verdict value of the comment's own stage and attempt, as its gate read it (PLANE-50). */
function verdictOf(
  verdicts: readonly VerdictRecord[],
  { author, stage, attempt }: Payload<'post-comment'>,
): string | null {
  const source = author === 'stream' ? null : verdictSource(author as Role, stage);
  const fields = verdicts.findLast(
    (one) => one.stage === stage && one.attempt === attempt && one.evidence.fields,
  )?.evidence.fields as Readonly<Record<string, string>> | undefined;
  return source?.keys.map((key) => fields?.[key]).find((value) => value !== undefined) ?? null;
}
