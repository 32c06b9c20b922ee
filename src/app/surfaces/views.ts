import { effectiveCaps } from '../../agent/budget.ts';
import type { Config } from '../../config/schema.ts';
import type { BlockerStore } from '../../db/blockers.ts';
import type { BudgetStore } from '../../db/budgets.ts';
import type { DeployStore } from '../../db/deploys.ts';
import type { RunStore } from '../../db/runs.ts';
import type { TaskStore } from '../../db/tasks.ts';
import type { VerdictStore } from '../../db/verdicts.ts';
import type { Forge } from '../../forge/port.ts';
import { artefactPath } from '../../pipeline/artefacts.ts';
import { complexityOf } from '../../pipeline/complexity.ts';
import { type Estimate, estimateOf, pastTask } from '../../pipeline/estimate.ts';
import { notesOf } from '../../pipeline/notes.ts';
import type { Project } from '../../pipeline/project.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { CardNote, RunView } from '../../pipeline/view.ts';
import type { Parts } from '../parts.ts';
import { outsideNotes } from './outside.ts';

export interface ViewDeps {
  config: Config;
  tasks: TaskStore;
  runs: RunStore;
  verdicts: VerdictStore;
  deploys: DeployStore;
  budgets: BudgetStore;
  project: (repo: string) => Project;
  forgeFor: (project: Project) => Pick<Forge, 'links'>;
  issueUrl: (task: TaskState) => string | null;
  /** What the board shows where it is not what the task is (PLANE-26). */
  boardStatus: (task: TaskState) => string | null;
  blockers: Pick<BlockerStore, 'unchecked'>;
  now: () => number;
}

/** Link to a task's issue; none where it has no issue, or a deleted one (PLANE-45). */
export const issueUrlOf =
  (trackerFor: Parts['trackerFor']): ViewDeps['issueUrl'] =>
  ({ issueId, issueGone, repo }) =>
    issueId === null || issueGone ? null : trackerFor(repo).issueUrl(issueId);

/** What the views of this installation read. */
export function viewDepsOf({ house, config, project, rooms, trackerFor, place: { now } }: Parts): ViewDeps {
  const issueUrl = issueUrlOf(trackerFor);
  const boardStatus: ViewDeps['boardStatus'] = ({ issueId, issueGone, repo }) =>
    issueId === null || issueGone ? null : trackerFor(repo).foreignStatus(issueId);
  return { ...house, ...{ config, project, forgeFor: rooms.forgeFor, issueUrl, boardStatus, now } };
}

/** So many of the newest delivered tasks say what the next one may take. */
const ESTIMATED_FROM = 30;

/** Everything a surface shows about one task; null when there is none. */
export function viewOf(deps: ViewDeps, id: number): RunView | null {
  const task = deps.tasks.get(id);
  if (task === null) return null;
  const project = deps.project(task.repo);
  const runs = deps.runs.of(id);
  const verdicts = deps.verdicts.of(id);
  const spent = deps.runs.spent({ task: id });
  const caps = effectiveCaps(deps.config.budgets, project.budgets);
  const { links } = deps.forgeFor(project);
  const at = deps.now();
  return {
    task,
    now: nowOf(deps, { task, runs, at }),
    runs,
    verdicts,
    project: {
      name: project.name,
      repo: project.repo,
      service: project.service,
      baseBranch: project.baseBranch,
      tracker: project.tracker,
      deploy: project.deploy ?? null,
      staging: typeof project.staging === 'object' ? project.staging.mode : (project.staging ?? null),
    },
    maxBounces: deps.config.gates.maxDeveloperRetries + task.bouncesGranted,
    money: {
      spentUsd: spent.usd,
      estimated: spent.estimated,
      taskCapUsd: caps.taskUsd === null ? null : caps.taskUsd + task.raisedUsd.task,
    },
    // Reads thirty tasks, for one ping: only who asks pays.
    get estimate() {
      return task.activity.kind === 'approval' ? estimateFor(deps, task) : null;
    },
    notes: [...trackerNotes(deps, task), ...told(deps, task), ...notesOf(verdicts, task)],
    // Only what has to do with a deploy asks.
    get previousServedSha() {
      return deps.deploys.latest(id)?.previousSha ?? runningNow(deps, project.service);
    },
    watch: task.watch,
    links: {
      brd: task.headSha === null ? null : links.file({ sha: task.headSha }, artefactPath(task.wid, '01')),
      pr: task.prNumber === null ? null : links.pullRequest(task.prNumber),
      diff: task.baseSha && task.testedSha ? links.compare(task.baseSha, task.testedSha) : null,
      issue: deps.issueUrl(task),
    },
    at,
  };
}

/** From what the project's last delivered tasks took. */
function estimateFor({ tasks, runs, verdicts }: ViewDeps, task: TaskState): Estimate | null {
  const past = tasks
    .delivered(task.repo, ESTIMATED_FROM)
    .map((done) => pastTask(done, runs.of(done.id), complexityOf(verdicts.of(done.id))))
    .filter((one) => one !== null);
  return estimateOf(past, complexityOf(verdicts.of(task.id)));
}

/** Commit of the service's last good deploy or rollback. */
function runningNow({ deploys }: ViewDeps, service: string): string | null {
  const row = deploys.lastGood(service);
  return row === null ? null : String(row.result?.landedSha ?? row.sha);
}

/** `working` is queued until its run has a process (PIPE-44). */
function nowOf(
  deps: ViewDeps,
  { task, runs, at }: { task: TaskState; runs: RunView['runs']; at: number },
): RunView['now'] {
  const { activity } = task;
  if (activity.kind !== 'working' || activity.step !== 'agent') return activity;
  const own = runs.findLast(({ stage, attempt }) => stage === task.stage && attempt === task.attempt);
  if (own === undefined || own.status !== 'queued') return activity;
  const { queued, busy } = deps.runs.load();
  return {
    kind: 'queued',
    since: Math.min(activity.since, at),
    ahead: queued - 1,
    busy,
    max: deps.config.redis.maxConcurrency,
  };
}

/** What the tracker has to say beside the task's own notes (PLANE-26, PLANE-45, PLANE-60). */
function trackerNotes({ boardStatus, blockers }: ViewDeps, task: TaskState): CardNote[] {
  const status = boardStatus(task);
  const board: CardNote[] = status === null ? [] : [{ kind: 'board-differs', status }];
  const gone: CardNote[] = task.issueGone ? [{ kind: 'issue-gone' }] : [];
  const unchecked = blockers.unchecked(task.id);
  return [...gone, ...board, ...unchecked.map((on): CardNote => ({ kind: 'dependency-unchecked', on }))];
}

/** Beyond so many rows a pull request is old news. */
const TOLD_MAX = 30;

/** What the forge told that no gate has answered to yet (FORGE-53). */
const told = ({ tasks }: ViewDeps, task: TaskState): CardNote[] =>
  outsideNotes(task, tasks.toldByForge(task.id, TOLD_MAX));
