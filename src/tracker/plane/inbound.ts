import type { Logger } from '../../log.ts';
import type { Actor, FactEvent } from '../../pipeline/events.ts';
import { checkIntake } from '../../pipeline/intake.ts';
import type { Blockers } from '../../pipeline/ports.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { Tracker } from '../port.ts';
import { currentTask } from './decide.ts';
import { type BlockersDeps, readBlockers } from './dependencies.ts';
import { type InterpretDeps, interpret, start } from './interpret.ts';
import { type PollResult, pollProject } from './poll.ts';
import type { PlaneProject } from './project.ts';
import { type Inbound, nothing, type Reading } from './reading.ts';
import {
  type ParsedDelivery,
  type PlaneDelivery,
  parsePlaneWebhook,
  type WebhookHeaders,
} from './webhook.ts';
import type { PlaneIssue } from './wire.ts';

export interface PlaneInboundDeps extends Omit<InterpretDeps, 'blockersOf'> {
  /** Every project of the registry that lives in Plane, with its tracker. */
  projects: readonly { project: PlaneProject; tracker: Tracker }[];
  /** `ORCH_TASK_DEPS_ENABLED` with a source that includes the tracker (PLANE-59). */
  relations: boolean;
  /** Live tasks of a repository not taken into analysis yet: their relations are read in each round (PLANE-59). */
  unstarted: (repo: string) => readonly TaskState[];
  sleep: (ms: number) => Promise<void>;
  log: Logger;
}

/** Plane's side of the engine's events. Nothing here writes to Plane or throws on its account. */
export interface PlaneInbound {
  /** Event and project filter of the webhook; pure, for the front door. */
  parse(payload: unknown, headers: WebhookHeaders): ParsedDelivery;
  /** What a stored delivery means; fetches the issue (PLANE-28). */
  toEvents(delivery: PlaneDelivery): Promise<Reading>;
  /** One polling round; an unknown repo is an empty one. */
  poll(repo: string): Promise<PollResult>;
  /** Starts an issue that a person left in To Analyse, whoever noticed it first (PLANE-68); null when it is there no more. */
  startIssue(repo: string, issue: string, actor: Actor): Promise<Reading | null>;
}

const FETCH_AGAIN_MS = [2000, 10_000, 30_000];

export function createPlaneInbound(deps: PlaneInboundDeps): PlaneInbound {
  const entryOf = (repo: string | undefined) => deps.projects.find(({ project }) => project.repo === repo);
  const byProject = (id: string) =>
    deps.projects.find(({ project }) => project.id === id)?.project.repo ?? null;
  const byIssue = (issue: string) => {
    const repo = deps.tasksOf(issue).at(-1)?.repo;
    return entryOf(repo)?.project.repo ?? null;
  };
  const inside: Inside = { ...deps, blockersOf: async (seen) => blockersOf(deps, seen) };
  return {
    parse: (payload, headers) => parsePlaneWebhook(payload, headers, { byProject, byIssue }),
    toEvents: async (delivery) => {
      const entry = entryOf(delivery.repo);
      return entry === undefined ? nothing() : read(inside, { ...entry, delivery });
    },
    poll: async (repo) => {
      const entry = entryOf(repo);
      if (entry === undefined) return { ok: false, reason: `${repo} is no project in Plane` };
      const round = await pollProject({ ...inside, ...entry });
      if (!round.ok || !deps.relations) return round;
      const found = await relationsOfUnstarted(inside, entry);
      const reading = { ...round.reading, results: [...round.reading.results, ...found] };
      return { ...round, reading };
    },
    startIssue: async (repo, issue, actor) => {
      const entry = entryOf(repo);
      return entry === undefined ? null : startWaiting(inside, { ...entry, id: issue, actor });
    },
  };
}

type Inside = PlaneInboundDeps & InterpretDeps;
type Entry = PlaneInboundDeps['projects'][number];

const judging = ({ tasksOf, projects }: PlaneInboundDeps, own: PlaneProject): BlockersDeps => ({
  taskOf: (issue) => tasksOf(issue).at(-1)?.id ?? null,
  // Nearly every blocker lives in the project of the issue it blocks.
  projects: [own, ...projects.map(({ project }) => project).filter((project) => project !== own)],
});

async function blockersOf(
  deps: PlaneInboundDeps,
  { project, tracker, issue }: Parameters<InterpretDeps['blockersOf']>[0],
): Promise<Blockers | null> {
  if (!deps.relations) return null;
  const found = await readBlockers(judging(deps, project), tracker, issue.id);
  return found.kind === 'ok' ? found.value : null;
}

async function relationsOfUnstarted(deps: Inside, { project, tracker }: Entry): Promise<Inbound[]> {
  const results: Inbound[] = [];
  for (const { id: task, issueId: issue } of deps.unstarted(project.repo)) {
    const found = issue === null ? null : await readBlockers(judging(deps, project), tracker, issue);
    if (issue !== null && found?.kind === 'ok')
      results.push({ kind: 'blockers', task, repo: project.repo, issue, blockers: found.value });
  }
  return results;
}

async function startWaiting(
  deps: Inside,
  { project, tracker, id, actor }: Entry & { id: string; actor: Actor },
): Promise<Reading | null> {
  const read = await project.issue(id);
  if (read.kind !== 'ok' || read.value.state === null) return null;
  const map = await project.states.knowing(read.value.state);
  const waits = map.kind === 'ok' && map.value.commandOf(read.value.state) === 'to_analyse';
  if (!waits || currentTask(deps.tasksOf(id)) !== null) return null;
  const issue = read.value;
  const { title, description } = issue;
  const seen = { project, tracker, issue, payload: { title, description }, actor: actor.id };
  return nothing(await start(deps, seen, `plane:${id}:found:${issue.updatedAt}`));
}

interface Arrived {
  project: PlaneProject;
  tracker: Tracker;
  delivery: PlaneDelivery;
}

async function read(deps: Inside, arrived: Arrived): Promise<Reading> {
  const { delivery } = arrived;
  switch (delivery.what) {
    case 'comment':
      return nothing();
    case 'deleted':
      return nothing(...deleted(deps, arrived));
    case 'relation':
      return nothing(...(await blockers(deps, arrived)));
    case 'created':
      return created(deps, arrived);
    case 'updated':
      return changed(deps, arrived);
    default:
      return delivery.what satisfies never;
  }
}

/** The task goes on; a person is asked (PLANE-45). */
function deleted(deps: PlaneInboundDeps, { project, delivery }: Arrived): Inbound[] {
  const task = currentTask(deps.tasksOf(delivery.issue));
  if (task === null || task.activity.kind === 'ended') return [];
  const event: FactEvent = {
    kind: 'fact',
    name: 'tracker-changed',
    data: { deleted: true },
    key: `plane:${delivery.issue}:deleted`,
    target: { task: task.id },
    at: project.now(),
  };
  return [{ kind: 'event', event, statusName: null }];
}

async function blockers(deps: PlaneInboundDeps, { project, tracker, delivery }: Arrived): Promise<Inbound[]> {
  const task = currentTask(deps.tasksOf(delivery.issue));
  if (!deps.relations || task === null || task.activity.kind === 'ended') return [];
  const found = await readBlockers(judging(deps, project), tracker, delivery.issue);
  const base = { repo: project.repo, issue: delivery.issue };
  if (found.kind === 'transient') return [{ kind: 'deferred', ...base, reason: found.reason }];
  return found.kind === 'ok' ? [{ kind: 'blockers', task: task.id, ...base, blockers: found.value }] : [];
}

/** A change is interpreted from the fetched issue only; the payload is just the occasion (PLANE-28). */
async function changed(deps: Inside, { project, tracker, delivery }: Arrived): Promise<Reading> {
  const base = { repo: project.repo, issue: delivery.issue };
  if (!delivery.stateChanged) {
    const task = currentTask(deps.tasksOf(delivery.issue));
    if (task === null || task.activity.kind === 'ended') return nothing();
    return nothing({ kind: 'wake', task: task.id, ...base, statusName: null });
  }
  const fetched = await fetchIssue(deps, project, delivery.issue);
  if (typeof fetched === 'string') return nothing({ kind: 'deferred', ...base, reason: fetched });
  const { title, description, actor } = delivery;
  return interpret(deps, { project, tracker, issue: fetched, payload: { title, description }, actor });
}

/** Starts nothing and records nothing: the issue may have been moved by now (PLANE-37). */
function created(deps: PlaneInboundDeps, { project, delivery }: Arrived): Reading {
  const problems = checkIntake(delivery, deps.intake).map(({ kind }) => kind);
  deps.log.info({ repo: project.repo, issue: delivery.issue, problems }, 'issue created in the tracker');
  return nothing();
}

/** The issue, or why it cannot be read now. */
async function fetchIssue(
  deps: PlaneInboundDeps,
  project: PlaneProject,
  id: string,
): Promise<PlaneIssue | string> {
  for (const delayMs of [...FETCH_AGAIN_MS, null]) {
    const read = await project.issue(id);
    if (read.kind === 'ok') return read.value;
    if (delayMs === null) return read.reason;
    await deps.sleep(delayMs);
  }
  return 'unreachable';
}
