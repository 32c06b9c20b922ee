import type { CommandRequest, ControlApi, TaskDetail, TaskSummary } from '../../http/control-api.ts';
import type { Actor } from '../../pipeline/events.ts';
import type { IntakeProblem } from '../../pipeline/intake.ts';
import { gateOfStep } from '../../pipeline/plan.ts';
import type { Project } from '../../pipeline/project.ts';
import { STAGES, type Stage } from '../../pipeline/stages.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { isWaiting, ownerOf } from '../../pipeline/waiting.ts';
import type { House } from '../house.ts';
import { createTask, type IntakeDeps } from '../intake.ts';
import { logTail } from './control.ts';

export interface RepliesDeps {
  house: House;
  /** In the registry now, by repository or prefix. */
  find: (name: string) => Project | undefined;
  intake: IntakeDeps;
  /** The one sentence of the task's present state. */
  sentence: (task: number) => string;
  /** What QG-0 found, in one sentence. */
  describe: (problem: IntakeProblem) => string;
  redact: (text: string) => string;
  now: () => number;
}

const iso = (at: number): string => new Date(at).toISOString();

/** One line about a task, as HTTP and the command line show it. */
export function summaryOf({ sentence }: Pick<RepliesDeps, 'sentence'>, task: TaskState): TaskSummary {
  const { activity } = task;
  const waiting = isWaiting(activity)
    ? {
        kind: activity.kind,
        owner: ownerOf(activity) ?? 'system',
        since: iso(activity.since),
        deadline: iso(activity.deadline),
        sentence: sentence(task.id),
      }
    : null;
  return {
    wid: task.wid,
    task_id: task.id,
    repo: task.repo,
    title: task.title,
    stage: task.stage,
    attempt: task.attempt,
    waiting,
    updated_at: iso(task.updatedAt),
  };
}

/** Everything a person asks about one task. */
export function detailOf(deps: Pick<RepliesDeps, 'sentence' | 'house'>, task: TaskState): TaskDetail {
  const { house } = deps;
  const gates = house.verdicts.of(task.id).flatMap(({ step, outcome, reason, stage, attempt }) => {
    const gate = gateOfStep(step);
    return gate === null ? [] : [{ gate, verdict: outcome, reason, stage, attempt }];
  });
  return {
    ...summaryOf(deps, task),
    description: task.description,
    branch: task.branch,
    stages: stagesOf(task),
    attempts: task.attempts,
    bounces: task.bounces.length,
    gates,
    merged: task.landedSha !== null,
    landed_tree_matches: task.landedMatches,
    head_sha: task.headSha,
    tested_sha: task.testedSha,
    landed_sha: task.landedSha,
    served_sha: task.servedSha,
    rolled_back: task.watch?.rolledBack?.ok === true,
    links: {},
    history: house.tasks.history(task.id, { offset: 0, limit: 50 }).rows.map((row) => ({
      at: iso(row.at),
      actor: (row.event.actor as Actor | undefined)?.name ?? null,
      event: row.name,
      accepted: row.accepted,
      text: row.accepted ? `${row.from} → ${row.to}` : `${row.reason ?? ''}: ${row.message}`,
    })),
  };
}

/** Stages the task was in, in order. */
export const stagesOf = ({ attempts, stage }: TaskState): Stage[] =>
  STAGES.filter((name) => attempts[name] !== undefined || name === stage);

/** What HTTP and the command line ask for, over the engine and the stores. */
export function createReplies(deps: RepliesDeps): ControlApi {
  const { house } = deps;
  const projectOf = deps.find;
  return {
    listTasks({ filter, project, offset, limit }) {
      const repo = project === undefined ? null : (projectOf(project)?.repo ?? project);
      const found = house.tasks.list({ kind: filter, repo, scope: null, offset, limit });
      return { tasks: found.tasks.map((task) => summaryOf(deps, task)), total: found.total };
    },
    showTask(wid) {
      const task = house.tasks.byWid(wid);
      return task ? detailOf(deps, task) : null;
    },
    async taskLog({ wid, stage, lines }) {
      const task = house.tasks.byWid(wid);
      return task ? logTail(deps, { task: task.id, stage: (stage ?? null) as Stage | null, lines }) : null;
    },
    async createTask({ project: name, title, description, labels, blocked_by, start, actor, key }) {
      const project = projectOf(name);
      if (project === undefined) return { ok: false, kind: 'unknown-project' };
      const unknown = blocked_by.filter((wid) => house.tasks.byWid(wid) === null);
      if (unknown.length > 0)
        return {
          ok: false,
          kind: 'qg0',
          errors: unknown.map((wid) => `There is no task ${wid} to wait for.`),
        };
      const made = await createTask(deps.intake, {
        project,
        title,
        description,
        labels,
        actor,
        chat: null,
        start,
        blockedBy: blocked_by,
        key,
      });
      if (!made.ok)
        return { ok: false, kind: 'qg0', errors: made.problems.map((problem) => deps.describe(problem)) };
      if (made.task === null) return { ok: true, work_item_id: made.wid, task_id: null, status: 'todo' };
      return { ok: true, work_item_id: made.task.wid, task_id: made.task.id, status: made.task.stage };
    },
    command(request) {
      const task = house.tasks.byWid(request.wid);
      return task ? apply(deps, task, request) : null;
    },
  };
}

function apply(deps: RepliesDeps, task: TaskState, request: CommandRequest) {
  const { command, text, target, args, actor, key } = request;
  const outcome = deps.house.engine.apply({
    kind: 'command',
    name: command,
    key,
    at: deps.now(),
    actor,
    target: { task: task.id, ...target },
    args,
    ...(text === undefined ? {} : { text }),
  });
  if (outcome.ok) return { ok: true as const, task: summaryOf(deps, outcome.task) };
  return { ok: false as const, reason: outcome.reason, message: outcome.message };
}
