import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPlaneStore } from '../../db/plane-store.ts';
import { describeError } from '../../errors.ts';
import type { WebhookOptions } from '../../http/webhook.ts';
import type { Actor } from '../../pipeline/events.ts';
import { createPlaneInbound, type PlaneInbound } from '../../tracker/plane/inbound.ts';
import type { PollCounters } from '../../tracker/plane/poll.ts';
import type { Reading } from '../../tracker/plane/reading.ts';
import { createTake } from '../../tracker/plane/take.ts';
import { type PlaneDelivery, planeDeliveryId } from '../../tracker/plane/webhook.ts';
import type { Parts } from '../parts.ts';
import { pause } from '../plane.ts';
import { createPlaneFollow, type LabelError, type PlaneFollow, type TellProject } from './plane-follow.ts';

type Hook = Pick<WebhookOptions<PlaneDelivery>, 'deliveryId' | 'seen' | 'parse' | 'store'>;

/** What polling has come to so far, and how the last round of each project went (REC-79). */
export interface PollReport {
  totals: Omit<PollCounters, 'listed'> & { rounds: number; errors_total: number };
  projects: Readonly<Record<string, { at: number; ok: boolean; error: string | null }>>;
}

/** Hearing Plane, because a webhook came or because it is time to look (tracker.md sections 7, 8, 10 to 12). */
export interface PlaneWatch {
  /** What the route of `/webhook/plane` needs; answers before any work. */
  hook: Hook;
  /** Follows up stored deliveries, then asks for labels of tasks that began to wait; never throws. */
  process(): Promise<void>;
  /** One round over every project, after what was delivered; nothing where polling is off (PLANE-64). */
  poll(): Promise<void>;
  /** Polls again and again, until `stop`. */
  start(): void;
  stop(): Promise<void>;
  /** Starts the issues that the first look at a project found in To Analyse (PLANE-68). */
  startFound(repo: string, actor: Actor): Promise<{ started: number }>;
  report(): PollReport;
  labelErrors(): readonly LabelError[];
}

const SOURCE = 'plane';
const BATCH = 100;
const S = 1000;

interface Watching {
  parts: Parts;
  inbound: PlaneInbound;
  follow: PlaneFollow;
  take: ReturnType<typeof createTake>;
  report: { totals: PollReport['totals']; projects: Record<string, PollReport['projects'][string]> };
  stopped: boolean;
}

/** Creates the watch over all projects of the registry that live in Plane; makes no call. */
export function createPlaneWatch(parts: Parts, tell: TellProject): PlaneWatch {
  const watching = watchingOf(parts, tell);
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<unknown> = Promise.resolve();
  /** One thing at a time: what is observed and what is recorded belong together. */
  const single = async <T>(work: () => Promise<T>): Promise<T | null> => {
    if (watching.stopped) return null;
    const mine = running.then(work).catch((error: unknown) => {
      parts.place.log.warn({ err: describeError(error) }, 'plane could not be followed');
      return null;
    });
    running = mine;
    return mine;
  };
  let queued: Promise<unknown> | null = null;
  const process = async (): Promise<void> => {
    // What is asked for while one waits to begin is done by that one.
    queued ??= single(async () => {
      queued = null;
      await followDeliveries(watching);
    });
    await queued;
  };
  const everyMs = pollIntervalMs(parts);
  const poll = async (): Promise<void> => {
    await process();
    if (everyMs !== null) await single(() => pollAll(watching));
  };
  const round = async (): Promise<void> => {
    await poll();
    if (everyMs !== null && !watching.stopped) timer = setTimeout(() => void round(), everyMs);
  };
  return {
    hook: hookOf(watching, () => setImmediate(() => void process())),
    process,
    poll,
    start: () => void round(),
    stop: async () => {
      watching.stopped = true;
      if (timer !== null) clearTimeout(timer);
      await running;
    },
    startFound: async (repo, actor) =>
      (await single(() => startFound(watching, repo, actor))) ?? { started: 0 },
    report: () => watching.report,
    labelErrors: watching.follow.labelErrors,
  };
}

function watchingOf(parts: Parts, tell: TellProject): Watching {
  const follow = createPlaneFollow(parts, tell);
  const totals = {
    rounds: 0,
    deduped_total: 0,
    skipped_terminal_total: 0,
    unblocked_total: 0,
    errors_total: 0,
  };
  const report = { totals, projects: {} };
  return { parts, inbound: inboundOf(parts), follow, take: takeOf(parts, follow), report, stopped: false };
}

async function followDeliveries(watching: Watching): Promise<void> {
  const { parts, inbound, follow, take } = watching;
  const { house, place } = parts;
  const rows = house.deliveries.pending(SOURCE, BATCH);
  let taken = 0;
  for (const row of rows) {
    if (watching.stopped) return;
    const reading = await inbound.toEvents(row.payload as PlaneDelivery);
    const commit = () => {
      reading.commit();
      house.deliveries.processed(row.id, place.now());
    };
    // Null: Plane did not take the answer now. The delivery stays and is looked at again.
    if ((await take({ ...reading, commit })) !== null) taken += 1;
    // Deliveries that still arrive are stored first.
    await nextTurn();
  }
  if (rows.length === BATCH && taken > 0) return followDeliveries(watching);
  await follow.askLabels();
}

/** One round over every project; one that fails does not stop the others (PLANE-65). */
async function pollAll(watching: Watching): Promise<void> {
  const { parts, inbound, follow, take, report } = watching;
  const { log, now } = parts.place;
  const { totals } = report;
  totals.rounds += 1;
  for (const { repo } of parts.plane.projects()) {
    if (watching.stopped) return;
    const round = await inbound.poll(repo);
    const taken = round.ok ? await take(round.reading) : null;
    const error = round.ok ? (taken === null ? 'an answer could not be written' : null) : round.reason;
    report.projects[repo] = { at: now(), ok: error === null, error };
    if (round.ok && taken !== null) {
      follow.tellUnblocked(taken);
      totals.unblocked_total += taken.length;
      totals.deduped_total += round.counters.deduped_total;
      totals.skipped_terminal_total += round.counters.skipped_terminal_total;
    } else {
      totals.errors_total += 1;
      log.warn({ repo, reason: error }, 'plane could not be polled');
    }
  }
}

async function startFound({ inbound, follow, take }: Watching, repo: string, actor: Actor) {
  const readings: Reading[] = [];
  for (const issue of follow.foundIn(repo)) {
    const reading = await inbound.startIssue(repo, issue, actor);
    if (reading !== null) readings.push(reading);
  }
  follow.forget(repo);
  let started = 0;
  for (const reading of readings) started += (await take(reading))?.length ?? 0;
  return { started };
}

/** PLANE-64; null: switched off. */
function pollIntervalMs({ config: { reconcile, tracker } }: Parts): number | null {
  if (!reconcile.enabled || !reconcile.planeEnabled) return null;
  const hears = tracker.planeWebhookSecret !== undefined;
  return (hears ? reconcile.intervalS : reconcile.planePollIntervalS) * S;
}

function inboundOf(parts: Parts): PlaneInbound {
  const { config, place, plane, house } = parts;
  const { qg0TitleMin, qg0TitleMax, qg0DescriptionMin } = config.tracker;
  const { taskDepsEnabled, taskDepsSource } = config.serialDeps;
  return createPlaneInbound({
    get projects() {
      return plane.projects().map(({ repo }) => plane.open(repo));
    },
    tasksOf: house.tasks.ofIssue,
    unstarted: (repo) =>
      house.tasks
        .live()
        .filter((task) => task.repo === repo && !task.prepared && !task.issueGone)
        .filter(({ activity }) => activity.kind !== 'working'),
    intake: { titleMin: qg0TitleMin, titleMax: qg0TitleMax, descriptionMin: qg0DescriptionMin },
    lang: config.i18n.lang,
    stopEnabled: config.stop.statusEnabled,
    relations: taskDepsEnabled && taskDepsSource !== 'local',
    sleep: pause,
    log: place.log,
  });
}

function hookOf({ parts: { house, place }, inbound }: Watching, stored: () => void): Hook {
  return {
    deliveryId: (raw, _headers, payload) => planeDeliveryId(raw, payload),
    seen: house.deliveries.seen,
    parse: inbound.parse,
    store: async ({ deliveryId: id, event }) => {
      const row = { id, source: SOURCE, event: event.what, payload: event };
      const isNew = await house.deliveries.add(row, place.now());
      if (isNew) stored();
      return isNew;
    },
  };
}

function takeOf({ house, place, config, trackerFor }: Parts, follow: PlaneFollow) {
  return createTake({
    engine: house.engine,
    transaction: house.together,
    store: createPlaneStore(house.db),
    trackerFor,
    task: house.tasks.get,
    sayIgnored: follow.sayIgnored,
    lang: config.i18n.lang,
    now: place.now,
    other: follow.other,
  });
}
