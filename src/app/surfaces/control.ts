import { readFile } from 'node:fs/promises';
import type { Breaker } from '../../agent/breaker.ts';
import { effectiveCaps } from '../../agent/budget.ts';
import type {
  BudgetInfo,
  Control,
  FoundTask,
  HistoryEntry,
  ProjectInfo,
  QueueState,
  RepoControl,
  TaskQuery,
  TaskRef,
} from '../../bot/ports.ts';
import type { Config } from '../../config/schema.ts';
import type { LogRow } from '../../db/tasks.ts';
import type { Actor } from '../../pipeline/events.ts';
import { checkIntake } from '../../pipeline/intake.ts';
import type { Project } from '../../pipeline/project.ts';
import type { Stage } from '../../pipeline/stages.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { startRevert } from '../delivery/revert.ts';
import { planRollback, type RollbackPort, startRollback } from '../delivery/rollback.ts';
import { liftFreezes } from '../delivery/unfreezing.ts';
import type { House } from '../house.ts';
import { createTask, type IntakeDeps, intakeLimits } from '../intake.ts';
import { type LiveRegistry, unknownProject } from '../registry.ts';
import { costReport, startOf } from './costs.ts';
import { maskTokens } from './mask-tokens.ts';
import { type ViewDeps, viewOf } from './views.ts';

export interface ControlDeps {
  house: House;
  config: Config;
  registry: Pick<LiveRegistry, 'current' | 'find'>;
  project: (repo: string) => Project;
  intake: IntakeDeps;
  views: ViewDeps;
  rollback: RollbackPort;
  redact: (text: string) => string;
  now: () => number;
}

/** Tasks of the repositories this person may see. */
const inScope = (repo: string, scope: readonly string[] | null): boolean =>
  scope === null || scope.includes(repo);

/** What the bot asks of the engine and the stores. */
export function createControl(deps: ControlDeps): Control {
  const { house, now } = deps;
  const view = (task: number) => viewOf(deps.views, task);
  return {
    apply: (event) => house.engine.apply(event),
    async createTask({ key, repo, title, description, actor, chat, blockedBy = [] }) {
      // For work of a project that has left, `project` would still know it.
      const found = deps.registry.find(repo) ?? unknownProject(repo);
      const made = await createTask(deps.intake, {
        project: found,
        title,
        description,
        actor,
        chat,
        blockedBy,
        key,
      });
      if (!made.ok) return made;
      if (made.task === null) throw new Error('a task from the chat is always started');
      return { ok: true, task: made.task.id, wid: made.task.wid };
    },
    problemsOf: (text) => checkIntake(text, intakeLimits(deps.config)),
    view,
    find: (ref, scope) => findTasks(deps, ref, scope),
    list: (query) => listTasks(deps, query, view),
    queue: (scope) => queueState(deps, scope),
    history(task, page) {
      const { rows, total } = house.tasks.history(task, page);
      return { entries: rows.map(toEntry), total };
    },
    logTail: (task, stage, lines) => logTail(deps, { task, stage, lines }),
    projects: () => deps.registry.current().projects.map((project) => projectInfo(deps, project)),
    dependencies: (task) => house.dependencies.of(task),
    cycleOf: (task, on) => house.dependencies.cycle(task, on),
    deploys: (since, scope) => deploysOf(deps, since, scope),
    budget: (task) => budgetOf(deps, task),
    cost: ({ period, ...query }) => costReport(house, { ...query, from: startOf(house, period, now()) }),
    repo: repoControl(deps),
  };
}

function findTasks(
  { house }: ControlDeps,
  { prefix, number }: TaskRef,
  scope: readonly string[] | null,
): FoundTask[] {
  return house.tasks
    .byNumber(prefix, number)
    .filter(({ repo }) => inScope(repo, scope))
    .slice(0, 6)
    .map(({ id, wid, title, repo }) => ({ task: id, wid, title, repo }));
}

function listTasks(
  { house }: ControlDeps,
  query: TaskQuery,
  view: Control['view'],
): ReturnType<Control['list']> {
  const { filter, repo, scope, user, offset, limit } = query;
  const found = house.tasks.list({ kind: filter, repo, scope, user, offset, limit });
  const views = found.tasks.map(({ id }) => view(id)).filter((one) => one !== null);
  return { views, total: found.total };
}

function queueState(
  { house, config }: ControlDeps,
  scope: readonly string[] | null,
): ReturnType<Control['queue']> {
  const load = house.runs.load();
  const all = house.gates.pauses().find(({ scope: name }) => name === '*');
  const counts = house.tasks.counts();
  const count = (...stages: string[]): number =>
    counts.filter(({ stage }) => stages.includes(stage)).reduce((sum, { n }) => sum + n, 0);
  const limited = house.tasks
    .waiting('limit')
    .map(({ activity }) => (activity.kind === 'limit' ? activity.deadline : 0));
  return {
    agents: {
      busy: load.busy,
      max: config.redis.maxConcurrency,
    },
    breaker: breakerState(house),
    paused: all ? { by: all.by, since: all.since } : null,
    counts: {
      queued: load.queued,
      running: load.busy,
      done: count('done'),
      failed: count('cancelled'),
    },
    freezes: house.gates.freezes().filter(({ repo }) => inScope(repo, scope)),
    limitUntil: limited.length === 0 ? null : Math.min(...limited),
  };
}

function breakerState({ breakers }: House): QueueState['breaker'] {
  const found = breakers.get() as Partial<Breaker> | null;
  const open = found?.state === 'open';
  return { open, until: open ? (found.openUntil ?? null) : null, errors: found?.failures ?? 0 };
}

/** A row of the decision log as people read it. */
export function toEntry(row: LogRow): HistoryEntry {
  const actor = (row.event.actor as Actor | undefined)?.name ?? null;
  const { at, name, accepted, from, to } = row;
  return {
    at,
    actor,
    event: name,
    accepted,
    from,
    to,
    reason: accepted ? '' : `${row.reason ?? ''}: ${row.message}`,
  };
}

export async function logTail(
  { house, redact }: Pick<ControlDeps, 'house' | 'redact'>,
  { task, stage, lines }: { task: number; stage: Stage | null; lines: number },
): ReturnType<Control['logTail']> {
  const state = house.tasks.get(task);
  const run = house.runs
    .of(task)
    .findLast((one) => one.logPath !== null && (stage === null || one.stage === stage));
  if (state === null || run?.logPath == null) return null;
  const text = await readFile(run.logPath, 'utf8').catch(() => null);
  if (text === null) return null;
  const tail = text.trimEnd().split('\n').slice(-lines).join('\n');
  return { wid: state.wid, stage: run.stage, attempt: run.attempt, text: maskTokens(redact(tail)) };
}

const deploysOf = (
  { house }: ControlDeps,
  since: number,
  scope: readonly string[] | null,
): ReturnType<Control['deploys']> =>
  house.deploys
    .since(since)
    .filter(({ repo }) => inScope(repo, scope))
    .map(({ repo, task, kind, sha, createdAt, state }) => ({
      ...{ repo, sha, at: createdAt, result: state, kind: kind === 'rollback' ? 'rollback' : 'deploy' },
      wid: house.tasks.get(task)?.wid ?? `#${task}`,
    }));

function projectInfo({ house, config }: ControlDeps, project: Project): ProjectInfo {
  const paused = house.gates.pauses().find(({ scope }) => scope === project.repo);
  const off: [string, boolean][] = [
    ['security gate', config.gates.securityGateEnabled],
    ['merge gate', config.merge.gateEnabled],
    ['image freshness', config.gates.imageFreshnessEnabled],
    ['confirm deploy', config.deploy.confirmDeployEnabled],
    ['post-deploy watch', config.postDeploy.enabled],
  ];
  return {
    repo: project.repo,
    name: project.name,
    prefix: project.prefix,
    tracker: project.tracker,
    forge: project.forge,
    deploy: project.deploy ?? null,
    staging: typeof project.staging === 'object' ? project.staging.mode : (project.staging ?? null),
    service: project.service,
    baseBranch: project.baseBranch,
    approvers: project.approvers,
    gatesOff: off.filter(([, enabled]) => !enabled).map(([name]) => name),
    freezes: house.gates.freezes(project.repo),
    paused: paused ? { by: paused.by, since: paused.since } : null,
    lastDeploy: house.deploys.last(project.repo),
  };
}

function budgetOf({ house, config, project, now }: ControlDeps, id: number): ReturnType<Control['budget']> {
  const task = house.tasks.get(id);
  if (task === null) return { lines: [], stoppedBy: null };
  const caps = effectiveCaps(config.budgets, project(task.repo).budgets);
  const at = now();
  const plus = (cap: number | null, raised: number): number | null => (cap === null ? null : cap + raised);
  const { runs, budgets } = house;
  const attempt = runs.spent({ task: id, stage: task.stage, attempt: task.attempt }).usd;
  return {
    lines: [
      { cap: 'attempt', capUsd: plus(caps.attemptUsd, task.raisedUsd.attempt), spentUsd: attempt },
      {
        cap: 'task',
        capUsd: plus(caps.taskUsd, task.raisedUsd.task),
        spentUsd: runs.spent({ task: id }).usd,
      },
      {
        cap: 'day',
        capUsd: plus(caps.dayUsd, budgets.raised(at)),
        spentUsd: runs.spent({ since: budgets.dayStart(at) }).usd,
      },
    ],
    stoppedBy: stopperOf(task),
  };
}

/** The cap a task waits for. */
function stopperOf({ activity }: TaskState): BudgetInfo['stoppedBy'] {
  if (activity.kind !== 'budget') return null;
  const { capName } = activity.facts;
  return capName === 'attempt' || capName === 'day' ? capName : 'task';
}

function repoControl({ house, rollback, project, now }: ControlDeps): RepoControl {
  return {
    freeze({ repo, scope, reason, actor }) {
      house.gates.freeze({ repo, scope, reason, by: actor.name, at: now() });
      return { ok: true, detail: `${repo} frozen (${scope})` };
    },
    unfreeze({ repo, actor }) {
      const { lifted, detail } = liftFreezes(house, { repo, by: actor.name, at: now() });
      return lifted > 0 ? { ok: true, detail } : { ok: false, message: `${repo} is not frozen.` };
    },
    pause({ repo, actor }) {
      house.gates.pause({ repo, by: actor.name, at: now() });
      return { ok: true, detail: repo === null ? 'paused' : `${repo} paused` };
    },
    resume({ repo, actor }) {
      const resumed = house.gates.resume({ repo, by: actor.name, at: now() });
      return resumed ? { ok: true, detail: 'resumed' } : { ok: false, message: 'Nothing was paused.' };
    },
    rollbackPlan: (target) => planRollback({ house, project }, target),
    rollback(input) {
      const plan = planRollback({ house, project }, { repo: input.repo, task: input.task });
      if (!plan.ok) return plan;
      return startRollback({ house, rollback, now }, plan, input.actor.name);
    },
    revert: ({ task, actor }) => startRevert({ house, now }, { task, by: actor.name }),
  };
}
