import { workItemDir } from '../../pipeline/artefacts.ts';
import { type Role, STAGE_RULES } from '../../pipeline/stages.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { VerdictRecord } from '../../pipeline/view.ts';
import type { Payload } from '../../queues/catalog.ts';
import { type DocumentLink, documentsOf, verdictSource } from '../../tracker/comments/documents.ts';
import type { EngineComment } from '../../tracker/comments/render.ts';
import { renderComment } from '../../tracker/comments/render.ts';
import { controlName } from '../../tracker/plane/status-map.ts';
import type { Parts } from '../parts.ts';

/** The text of an engine comment, with what the database knows about its run (tracker.md section 9). */
export async function commentOf(
  parts: Parts,
  task: TaskState,
  job: Payload<'post-comment'>,
): Promise<string> {
  const { config, house, project, place, plane } = parts;
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
    verdict: verdictOf(() => house.verdicts.of(task.id), job),
    documents: await documents(parts, task, job),
    durationMs,
    usage: run?.usage ?? null,
    runs: runs.map(({ stage, usage }) => ({ role: STAGE_RULES[stage].role, usage })),
    deploy: entry.deploy ?? null,
    onError: (error) =>
      place.log.warn({ taskId: task.id, err: String(error) }, 'a comment could not be built whole'),
  });
}

/** The files, branch and pull request a status comment links (PLANE-50, FORGE-81); none when git does not answer. */
async function documents(
  { config, project, rooms, place }: Parts,
  task: TaskState,
  { comment, author, stage }: Payload<'post-comment'>,
): Promise<readonly DocumentLink[]> {
  const { headSha: sha, wid, branch, prNumber } = task;
  if (comment !== 'finished' || author === 'stream' || sha === null) return [];
  const entry = project(task.repo);
  const { links } = rooms.forgeFor(entry);
  // Nothing of a forge without public links can be linked: git need not be asked.
  if (links.branch(branch) === null) return [];
  try {
    const files = await rooms.workspace.open(entry).mirror.listFiles(sha, workItemDir(wid));
    return documentsOf({
      ...{ role: author as Role, stage, wid, branch, prNumber, lang: config.i18n.lang },
      file: (path) => links.file({ branch }, path),
      exists: (path) => files.some((file) => file === path || file.startsWith(`${path}/`)),
      branchUrl: links.branch(branch),
      prUrl: prNumber === null ? null : links.pullRequest(prNumber),
    });
  } catch (error) {
    place.log.warn({ taskId: task.id, err: String(error) }, 'a comment has no documents');
    return [];
  }
}

/** The verdict value of the comment's own stage and attempt, as its gate read it (PLANE-50). */
function verdictOf(
  read: () => readonly VerdictRecord[],
  { author, stage, attempt }: Payload<'post-comment'>,
): string | null {
  const source = author === 'stream' ? null : verdictSource(author as Role, stage);
  if (!source) return null;
  const fields = read().findLast(
    (one) => one.stage === stage && one.attempt === attempt && one.evidence.fields,
  )?.evidence.fields as Readonly<Record<string, string>> | undefined;
  return source.keys.map((key) => fields?.[key]).find((value) => value !== undefined) ?? null;
}
