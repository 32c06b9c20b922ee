import { randomUUID } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import type { Actor } from '../pipeline/events.ts';
import { checkIntake, type IntakeLimits, type IntakeProblem } from '../pipeline/intake.ts';
import type { Project } from '../pipeline/project.ts';
import type { TaskState } from '../pipeline/task.ts';
import type { Tracker } from '../tracker/port.ts';
import type { House } from './house.ts';

export interface IntakeDeps {
  house: House;
  config: Config;
  trackerFor: (repo: string) => Tracker;
  now: () => number;
}

export interface IntakeRequest {
  project: Project;
  title: string;
  description: string;
  actor: Actor;
  chat: string | null;
  labels?: readonly string[];
  /** False: the issue only. Default true. */
  start?: boolean;
  /** Work items that have to be done first; unknown ones are problems of the caller. */
  blockedBy?: readonly string[];
  /** The same key creates one task. */
  key: string;
}

export type IntakeResult =
  | { ok: true; task: TaskState }
  /** `start: false`: the work item its task will have. */
  | { ok: true; task: null; wid: string }
  | { ok: false; problems: readonly IntakeProblem[] };

/** The limits of QG-0 (SET-5). */
export const intakeLimits = ({ tracker }: Pick<Config, 'tracker'>): IntakeLimits => ({
  titleMin: tracker.qg0TitleMin,
  titleMax: tracker.qg0TitleMax,
  descriptionMin: tracker.qg0DescriptionMin,
});

/** QG-0, the tracker's issue, then the task: from chat, command line and HTTP alike (PIPE-18 to PIPE-22). */
export async function createTask(deps: IntakeDeps, request: IntakeRequest): Promise<IntakeResult> {
  const { house, config, now } = deps;
  const { project, actor, key, chat, labels = [] } = request;
  const title = request.title.trim();
  const description = request.description.trim();
  const problems = checkIntake({ title, description }, intakeLimits(config));
  if (problems.length > 0) return { ok: false, problems };
  const issueKey = key === '' ? randomUUID() : key;
  const created = await deps
    .trackerFor(project.repo)
    .createIssue({ title, description, labels, createdBy: actor.name, key: issueKey });
  const issue = created.kind === 'ok' ? created.value : null;
  const { blockedBy = [] } = request;
  if (issue && blockedBy.length > 0) house.issues.updateIssue(issue.id, { blockedBy }, now());
  if (request.start === false && issue) {
    await deps.trackerFor(project.repo).setStatus(issue.id, 'todo', `new:${issueKey}`);
    return { ok: true, task: null, wid: `${project.prefix}-${String(issue.seq).padStart(3, '0')}` };
  }
  const has = (label: string): boolean => labels.some((name) => name.toLowerCase() === label.toLowerCase());
  const { task } = house.engine.start(
    {
      repo: project.repo,
      prefix: project.prefix,
      title,
      description,
      issueId: issue?.id ?? null,
      seq: issue?.seq || null,
      createdBy: actor,
      originChat: chat,
      auto: { approve: has(config.labels.autoApproveLabel), deploy: has(config.labels.autoDeployLabel) },
    },
    now(),
    `start:${issueKey}`,
  );
  depend(deps, task, { blockedBy, actor, key: issueKey });
  return { ok: true, task: house.tasks.get(task.id) ?? task };
}

/** Declared after the start, each takes effect at the next stage start (REC-101). */
function depend(
  { house, now }: IntakeDeps,
  task: TaskState,
  { blockedBy, actor, key }: { blockedBy: readonly string[]; actor: Actor; key: string },
): void {
  for (const on of blockedBy) {
    house.engine.apply({
      kind: 'command',
      name: 'depend',
      key: `depend:${key}:${on}`,
      at: now(),
      actor,
      target: { task: task.id },
      args: { dependency: { on, remove: false } },
    });
  }
}
