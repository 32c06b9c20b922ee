import { createPlaneStore } from '../db/plane-store.ts';
import { describeError } from '../errors.ts';
import type { WebhookOptions } from '../http/webhook.ts';
import type { Actor } from '../pipeline/events.ts';
import type { TaskState } from '../pipeline/task.ts';
import { labelCommand } from '../tracker/label-command.ts';
import { judgeBlockers } from '../tracker/plane/dependencies.ts';
import { createPlaneInbound, type PlaneInbound } from '../tracker/plane/inbound.ts';
import { createTake, type ForOthers } from '../tracker/plane/take.ts';
import { type PlaneDelivery, planeDeliveryId } from '../tracker/plane/webhook.ts';
import type { Parts } from './parts.ts';
import { pause } from './plane.ts';
import { labelSettingsOf } from './settings.ts';

type Hook = Pick<WebhookOptions<PlaneDelivery>, 'deliveryId' | 'seen' | 'parse' | 'store'>;

/** Hearing Plane, because a webhook came or because it is time to look (tracker.md sections 7, 8, 10 to 12). */
export interface PlaneWatch {
  /** What the route of `/webhook/plane` needs; answers before any work. */
  hook: Hook;
  /** Follows up stored deliveries, then asks for labels of tasks that began to wait; never throws. */
  process(): Promise<void>;
  /** Polls every project, again and again, until `stop`. */
  start(): void;
  stop(): Promise<void>;
}

const SOURCE = 'plane';
const BATCH = 100;
const S = 1000;
const LABEL_ACTOR: Actor = { surface: 'tracker', id: 'plane', name: 'plane', role: 'operator' };

interface Watching {
  parts: Parts;
  inbound: PlaneInbound;
  /** Human gates whose labels were asked for. */
  asked: Set<string>;
}

/** Creates the watch over all projects of the registry that live in Plane; makes no call. */
export function createPlaneWatch(parts: Parts): PlaneWatch {
  const { house, place } = parts;
  const watching: Watching = { parts, inbound: inboundOf(parts), asked: new Set() };
  const take = takeOf(watching);
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();
  const single = (work: () => Promise<void>): Promise<void> => {
    if (stopped) return Promise.resolve();
    running = running.then(work).catch((error: unknown) => {
      place.log.warn({ err: describeError(error) }, 'plane could not be followed');
    });
    return running;
  };
  let queued = false;
  const process = (): Promise<void> => {
    // What is asked for while one waits to begin is done by that one.
    if (queued) return running;
    queued = true;
    return single(async () => {
      queued = false;
      for (const row of house.deliveries.pending(SOURCE, BATCH)) {
        if (stopped) return;
        const reading = await watching.inbound.toEvents(row.payload as PlaneDelivery);
        const commit = () => {
          reading.commit();
          house.deliveries.processed(row.id, place.now());
        };
        await take({ ...reading, commit });
      }
      await askLabels(watching);
    });
  };
  const poll = () =>
    single(async () => {
      for (const { repo } of parts.plane.projects()) {
        if (stopped) return;
        const round = await watching.inbound.poll(repo);
        if (round.ok) await take(round.reading);
        else place.log.warn({ repo, reason: round.reason }, 'plane could not be polled');
      }
    });
  const everyMs = pollIntervalMs(parts);
  const round = async (): Promise<void> => {
    await process();
    if (everyMs !== null) await poll();
    if (!stopped && everyMs !== null) timer = setTimeout(() => void round(), everyMs);
  };
  return {
    hook: hookOf(watching, () => setImmediate(() => void process())),
    process,
    start: () => void round(),
    stop: async () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}

/** PLANE-64; null: switched off. */
function pollIntervalMs({ config: { reconcile, tracker } }: Parts): number | null {
  if (!reconcile.enabled || !reconcile.planeEnabled) return null;
  const hears = tracker.planeWebhookSecret !== undefined;
  return (hears ? reconcile.intervalS : reconcile.planePollIntervalS) * S;
}

const tasksOf = ({ house }: Parts, issue: string): TaskState[] => house.tasks.ofIssue(issue);

function inboundOf(parts: Parts): PlaneInbound {
  const { config, place, plane } = parts;
  const { qg0TitleMin, qg0TitleMax, qg0DescriptionMin } = config.tracker;
  return createPlaneInbound({
    get projects() {
      return plane.projects().map(({ repo }) => plane.open(repo));
    },
    tasksOf: (issue) => tasksOf(parts, issue),
    intake: { titleMin: qg0TitleMin, titleMax: qg0TitleMax, descriptionMin: qg0DescriptionMin },
    lang: config.i18n.lang,
    stopEnabled: config.stop.statusEnabled,
    relations: config.serialDeps.taskDepsEnabled,
    sleep: pause,
    log: place.log,
  });
}

function hookOf({ parts: { house, place }, inbound }: Watching, stored: () => void): Hook {
  return {
    deliveryId: (raw, _headers, payload) => planeDeliveryId(raw, payload),
    seen: house.deliveries.seen,
    parse: inbound.parse,
    store: ({ deliveryId: id, event }) => {
      const row = { id, source: SOURCE, event: event.what, payload: event };
      const isNew = house.deliveries.add(row, place.now());
      if (isNew) stored();
      return isNew;
    },
  };
}

function takeOf(watching: Watching) {
  const { house, place, config, trackerFor } = watching.parts;
  return createTake({
    engine: house.engine,
    transaction: (work) => house.db.transaction(() => work()),
    store: createPlaneStore(house.db),
    trackerFor,
    lang: config.i18n.lang,
    now: place.now,
    other: (result) => follow(watching, result),
  });
}

async function follow(watching: Watching, result: ForOthers): Promise<void> {
  const { parts } = watching;
  if (result.kind === 'wake') await askLabel(watching, parts.house.tasks.get(result.task));
  if (result.kind === 'blockers') await depend(parts, result);
  if (result.kind === 'issues-found' && result.issues.length > 0)
    parts.place.log.info({ repo: result.repo, issues: result.issues.length }, 'issues wait in To Analyse');
}

/** Each human gate is asked about once when it is reached; wakes ask again (PLANE-58). */
async function askLabels(watching: Watching): Promise<void> {
  const { parts, asked } = watching;
  for (const task of parts.house.tasks.waiting('approval', 'confirm')) {
    const gate = `${task.id}:${task.stage}:${task.attempt}:${task.activity.kind}:${task.testedSha}`;
    if (asked.has(gate)) continue;
    asked.add(gate);
    await askLabel(watching, task);
  }
}

async function askLabel({ parts }: Watching, task: TaskState | null): Promise<void> {
  if (task === null) return;
  const { house, config, place, trackerFor } = parts;
  const at = place.now();
  const command = await labelCommand(labelSettingsOf(config), trackerFor(task.repo), { task, at });
  if (command !== null) house.engine.apply(command);
}

/** Relations become dependencies (PLANE-59); only those on a task of ours hold. */
async function depend(parts: Parts, { task, ids }: Extract<ForOthers, { kind: 'blockers' }>): Promise<void> {
  const { house, place, plane } = parts;
  const projects = plane.projects().map(({ repo }) => plane.open(repo).project);
  const taskOf = (issue: string) => tasksOf(parts, issue).at(-1)?.id ?? null;
  const found = await judgeBlockers({ taskOf, projects }, ids);
  const known = new Set(
    house.dependencies.of(task).flatMap(({ wid, direction }) => (direction === 'on' ? [wid] : [])),
  );
  for (const id of found.tasks) {
    const on = house.tasks.get(id)?.wid;
    if (on === undefined || known.has(on)) continue;
    const command = { kind: 'command', name: 'depend', at: place.now(), actor: LABEL_ACTOR } as const;
    const args = { dependency: { on, remove: false } };
    house.engine.apply({ ...command, key: `plane:depend:${task}:${id}`, target: { task }, args });
  }
}
