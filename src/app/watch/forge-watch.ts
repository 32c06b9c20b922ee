import { setImmediate as nextTurn } from 'node:timers/promises';
import { emitFact } from '../../db/local-effects.ts';
import { describeError } from '../../errors.ts';
import { type ForgeEvent, giteaDeliveryId, parseGiteaWebhook } from '../../forge/gitea/webhook.ts';
import { matchNamed, matchTask, type Named } from '../../forge/match-task.ts';
import {
  awaitedCi,
  awaitedPull,
  type ForgeFact,
  factsOf,
  foreignPush,
  isWatched,
  type Sight,
} from '../../forge/sight.ts';
import type { Delivery, WebhookOptions } from '../../http/webhook.ts';
import type { FactEvent } from '../../pipeline/events.ts';
import type { Project } from '../../pipeline/project.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { Parts } from '../parts.ts';

type Hook = Pick<WebhookOptions<ForgeEvent>, 'deliveryId' | 'seen' | 'parse' | 'store'>;

/** Looking at the forges, because a webhook came or because it is time to (FORGE-50 to FORGE-57). */
export interface ForgeWatch {
  /** What the route of `/webhook/gitea` needs; answers before any work. */
  hook: Hook;
  /** Turns stored deliveries into facts; single-flight, never throws. */
  process(): Promise<void>;
  /** Compares every waiting task with its forge (FORGE-57); one broken project never stops the others. */
  look(apply: (event: FactEvent) => void): Promise<void>;
  /** Nothing more is begun; waits for what is under way. */
  stop(): Promise<void>;
}

export type ForgeWatchDeps = Pick<
  Parts,
  'house' | 'rooms' | 'config' | 'registry' | 'project' | 'place' | 'onCommit' | 'metrics'
>;

const SOURCE = 'gitea';
const BATCH = 100;

/** Creates the watch over the forges of all projects. */
export function createForgeWatch(deps: ForgeWatchDeps): ForgeWatch {
  const { house, place } = deps;
  let stopped = false;
  let running: Promise<void> | null = null;
  const single = (work: () => Promise<void>): Promise<void> => {
    if (stopped) return Promise.resolve();
    const after = (running ?? Promise.resolve()).then(work).catch((error: unknown) => {
      place.log.warn({ err: describeError(error) }, 'the forges could not be looked at');
    });
    running = after;
    return after;
  };
  let queued: Promise<void> | null = null;
  const process = (): Promise<void> => {
    // What is asked for while one waits to begin is done by that one.
    queued ??= single(async () => {
      queued = null;
      for (const row of house.deliveries.pending(SOURCE, BATCH)) {
        if (stopped) return;
        const tasks = await processDelivery(deps, row.id, row.payload as ForgeEvent);
        for (const task of tasks) deps.metrics.delivered(task, row.receivedAt);
        // Deliveries that still arrive are stored first.
        await nextTurn();
      }
      if (house.deliveries.pending(SOURCE, 1).length > 0) void process();
    });
    return queued;
  };
  return {
    hook: hookOf(deps, () => setImmediate(() => void process())),
    process,
    look: (apply) => single(() => lookAtAll(deps, { stopped: () => stopped, apply })),
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

function hookOf({ house, config, registry, place }: ForgeWatchDeps, stored: () => void): Hook {
  const repoOf = (name: string): string | null =>
    registry
      .current()
      .projects.find(
        ({ forge, owner, repo }) =>
          forge === 'gitea' && `${owner ?? config.forge.giteaOwner}/${repo}`.toLowerCase() === name,
      )?.repo ?? null;
  return {
    deliveryId: giteaDeliveryId,
    seen: house.deliveries.seen,
    parse: (payload, headers) => parseGiteaWebhook(payload, headers, repoOf),
    store: async ({ deliveryId: id, event }: Delivery<ForgeEvent>) => {
      const row = { id, source: SOURCE, event: event.fact, payload: event };
      const isNew = await house.deliveries.add(row, place.now());
      if (isNew) stored();
      return isNew;
    },
  };
}

/** One delivery: which tasks it is about, then what the forge really shows of them (FORGE-54, FORGE-55). */
async function processDelivery(deps: ForgeWatchDeps, id: string, event: ForgeEvent): Promise<number[]> {
  const { house, place } = deps;
  const told = await toldBy(deps, event).catch((error: unknown) => {
    // The reconciler finds the same without this delivery.
    place.log.warn({ deliveryId: id, err: describeError(error) }, 'a delivery was not followed up');
    return [];
  });
  house.together(() => {
    for (const { task, facts } of told) report(deps, task, facts);
    house.deliveries.processed(id, place.now());
  });
  if (told.length > 0) deps.onCommit.tell();
  return told.map(({ task }) => task.id);
}

interface Told {
  task: TaskState;
  facts: ForgeFact[];
}

async function toldBy(deps: ForgeWatchDeps, event: ForgeEvent): Promise<Told[]> {
  const project = deps.project(event.repo);
  if (event.fact === 'push') return pushed(deps, project, event);
  const task = await taskOf(deps, project, event);
  if (task === null) return [];
  const { fact } = event;
  if (fact === 'ci-changed') return [{ task, facts: [{ name: fact, data: { sha: event.sha } }] }];
  const { number, merged, closed } = event;
  return [{ task, facts: [{ name: fact, data: { number, merged, closed } }] }];
}

async function taskOf(
  deps: ForgeWatchDeps,
  project: Project,
  event: Exclude<ForgeEvent, { fact: 'push' }>,
): Promise<TaskState | null> {
  const { tasks } = deps.house;
  const said = { sha: event.fact === 'ci-changed' ? event.sha : null, branch: event.branch };
  const id = matchNamed(tasks.tracesNaming(project.repo, said), said) ?? (await byHeads(deps, project, said));
  if (id === null) deps.place.log.info({ repo: project.repo, ...said }, 'no task belongs to this event');
  return id === null ? null : tasks.get(id);
}

/** No task has recorded it: where the branches are now may tell. */
async function byHeads(deps: ForgeWatchDeps, project: Project, said: Named): Promise<number | null> {
  if (said.sha === null) return null;
  const traces = deps.house.tasks.traces(project.repo);
  const { mirror } = deps.rooms.workspace.open(project);
  await mirror.fetch();
  const heads = new Map<string, string | null>();
  for (const { branch } of traces) heads.set(branch, await mirror.head(branch));
  return matchTask(traces, said, (branch) => heads.get(branch) ?? null);
}

const onBranch = ({ house }: ForgeWatchDeps, { repo }: Project, branch: string): TaskState[] =>
  house.tasks.tracesNaming(repo, { sha: null, branch }).flatMap(({ id }) => house.tasks.get(id) ?? []);

const tasksOf = ({ house }: ForgeWatchDeps, { repo }: Project): TaskState[] =>
  house.tasks.live().filter((task) => task.repo === repo);

async function pushed(
  deps: ForgeWatchDeps,
  project: Project,
  { branch }: Extract<ForgeEvent, { fact: 'push' }>,
): Promise<Told[]> {
  const main = branch === project.baseBranch;
  const about = main ? tasksOf(deps, project) : onBranch(deps, project, branch);
  if (about.length === 0) return [];
  const { mirror, hasPushed } = deps.rooms.workspace.open(project);
  await mirror.fetch();
  const head = await mirror.head(branch);
  const sight = main ? { main: head } : { head };
  return about.map((task) => {
    if (isWatched(task)) return { task, facts: factsOf(task, sight) };
    const ours = main || (head !== null && hasPushed(head));
    return { task, facts: ours ? [] : foreignPush(task, head) };
  });
}

/** One row per task, fact and moment: wakes close together that say the same are merged (FORGE-56). */
function report(deps: ForgeWatchDeps, task: TaskState, facts: readonly ForgeFact[]): void {
  const at = deps.place.now();
  for (const { name, data } of facts) {
    const key = keyOf(deps, task, { name, data });
    emitFact({ outbox: deps.house.outbox, at }, { task: task.id, name, data, key });
    // Taken or only recorded, its card shows it.
    deps.house.outbox.add({ task: task.id, key: `card:${key}`, payload: { kind: 'refresh-card' }, at });
  }
}

function keyOf(
  { config, place }: ForgeWatchDeps,
  task: TaskState,
  { name, data }: Pick<ForgeFact, 'name' | 'data'>,
): string {
  const debounceMs = Math.max(1, config.server.wakeDebounceMs);
  const moment = Math.floor(place.now() / debounceMs);
  return `${name}:${task.id}:${task.version}:${saidBy(data)}:${moment}`;
}

/** What a fact says: opened and closed within the moment are two things, and the later is the one that holds. */
function saidBy(data: ForgeFact['data']): string {
  if ('sha' in data) return data.sha ?? 'gone';
  if (data.merged) return 'merged';
  return data.closed ? 'closed' : 'open';
}

function eventsOf(deps: ForgeWatchDeps, task: TaskState, facts: readonly ForgeFact[]): FactEvent[] {
  const base = { kind: 'fact', at: deps.place.now(), target: { task: task.id } } as const;
  return facts.map((fact) => ({ ...base, ...fact, key: keyOf(deps, task, fact) }));
}

/** FORGE-57: everything a webhook could have told. Only projects with waiting tasks are asked. */
async function lookAtAll(
  deps: ForgeWatchDeps,
  { stopped, apply }: { stopped: () => boolean; apply: (event: FactEvent) => void },
): Promise<void> {
  const { house, place } = deps;
  const waiting = house.tasks.live().filter(isWatched);
  for (const repo of new Set(waiting.map((task) => task.repo))) {
    if (stopped()) return;
    try {
      const mine = waiting.filter((task) => task.repo === repo);
      const told = await lookAt(deps, deps.project(repo), mine);
      for (const { task, facts } of told) for (const event of eventsOf(deps, task, facts)) apply(event);
    } catch (error) {
      place.log.warn({ repo, err: describeError(error) }, 'the forge could not be looked at');
    }
  }
  deps.onCommit.tell();
}

async function lookAt(deps: ForgeWatchDeps, project: Project, tasks: readonly TaskState[]): Promise<Told[]> {
  const forge = deps.rooms.forgeFor(project);
  const { mirror } = deps.rooms.workspace.open(project);
  const isThere = await isReached(deps, project);
  const main = isThere ? await mirror.head(project.baseBranch) : undefined;
  const told: Told[] = [];
  for (const task of tasks) {
    const number = isThere ? awaitedPull(task) : null;
    const sha = project.ci === 'forge' ? awaitedCi(task) : null;
    const pull = number === null ? null : await forge.getPr(number);
    const sight: Sight = {
      ...(isThere ? { head: await mirror.head(task.branch) } : {}),
      ...(main === undefined ? {} : { main }),
      ...(pull?.kind === 'ok' ? { pull: pull.value } : {}),
      ...(sha === null ? {} : { ci: isThere ? await forge.ciState(sha) : UNREACHED }),
    };
    told.push({ task, facts: factsOf(task, sight) });
  }
  return told;
}

const UNREACHED = { kind: 'transient', reason: 'the forge could not be reached' } as const;

/** Fetches; a forge that is away says nothing of branches and pull requests, and of CI that it is not known. */
const isReached = ({ rooms, place }: ForgeWatchDeps, project: Project): Promise<boolean> =>
  rooms.workspace
    .open(project)
    .mirror.fetch()
    .then(
      () => true,
      (error: unknown) => {
        place.log.warn({ repo: project.repo, err: describeError(error) }, 'the forge could not be looked at');
        return false;
      },
    );
