import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { AppError } from '../errors.ts';
import type { Actor } from '../pipeline/events.ts';
import { checkIntake, type IntakeLimits, type IntakeProblem } from '../pipeline/intake.ts';
import type { Project } from '../pipeline/project.ts';
import type { TaskState } from '../pipeline/task.ts';
import { foldLabel } from '../tracker/label-name.ts';
import type { Tracker } from '../tracker/port.ts';
import type { House } from './house.ts';
import { labelSettingsOf } from './settings.ts';

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

/** A person waits for the answer. */
const PATIENCE_MS = 5000;
const AWAY = { kind: 'transient', reason: `no answer within ${PATIENCE_MS / 1000} s` } as const;

/** QG-0, the tracker's issue, then the task: from chat, command line and HTTP alike (PIPE-18 to PIPE-22). */
export async function createTask(deps: IntakeDeps, request: IntakeRequest): Promise<IntakeResult> {
  const { house, config, now } = deps;
  const { project, actor, key, chat, labels = [] } = request;
  const title = request.title.trim();
  const description = request.description.trim();
  const problems = checkIntake({ title, description }, intakeLimits(config));
  if (problems.length > 0) return { ok: false, problems };
  const issueKey = key === '' ? randomUUID() : key;
  const tracker = deps.trackerFor(project.repo);
  // A tracker that hangs is one that is away: what it may still create has the same key.
  const created = await Promise.race([
    tracker.createIssue({ title, description, labels, createdBy: actor.name, key: issueKey }),
    delay(PATIENCE_MS, AWAY, { ref: false }),
  ]);
  const issue = created.kind === 'ok' ? created.value : null;
  const { blockedBy = [] } = request;
  if (issue && blockedBy.length > 0) house.issues.updateIssue(issue.id, { blockedBy }, now());
  if (request.start === false) {
    if (created.kind !== 'ok') throw unreachable(created.reason);
    await tracker.setStatus(created.value.id, 'todo', `new:${issueKey}`);
    return { ok: true, task: null, wid: `${project.prefix}-${String(created.value.seq).padStart(3, '0')}` };
  }
  const auto = labelSettingsOf(config);
  const has = (label: string): boolean =>
    auto.enabled && auto.inScope(project.repo) && labels.some((name) => foldLabel(name) === foldLabel(label));
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
      auto: { approve: has(auto.approveLabel), deploy: has(auto.deployLabel) },
      dependsOn: blockedBy.flatMap((wid) => house.tasks.byWid(wid)?.id ?? []),
      // The task does not wait for its tracker; the issue follows, and with it what was to be written on it (PLANE-12).
      ...(created.kind === 'transient' ? { createIssue: { key: issueKey, labels } } : {}),
    },
    now(),
    `start:${issueKey}`,
  );
  return { ok: true, task: house.tasks.get(task.id) ?? task };
}

const unreachable = (reason: string): AppError =>
  new AppError('tracker-unreachable', `Expected the tracker to create the issue, found: ${reason}.`, {
    fault: 'environment',
    hint: 'Try again later, or start the task at once: it does not wait for its tracker.',
  });
