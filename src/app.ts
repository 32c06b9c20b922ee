import { blockUnknown, compareRestored } from './app/boot-checks.ts';
import { createCleanup } from './app/cleanup.ts';
import { takeControl } from './app/control-lease.ts';
import { watchEventLoop } from './app/event-loop.ts';
import { createHearing } from './app/hearing.ts';
import { DEMO_AGENTS } from './app/hosts/agents.ts';
import { startWorkers } from './app/hosts/claiming.ts';
import { announced } from './app/hosts/claims.ts';
import { createCrew } from './app/hosts/crew.ts';
import { createInHand } from './app/hosts/in-hand.ts';
import { startListening } from './app/listening.ts';
import { createOutbound } from './app/outbound.ts';
import { createParts, type Parts, type Place } from './app/parts.ts';
import { type Queueing, startQueueing } from './app/queueing.ts';
import { putInForce } from './app/reload.ts';
import { createCardRequests } from './app/surfaces/card-requests.ts';
import { type Chat, createChat } from './app/surfaces/chat.ts';
import { createControl } from './app/surfaces/control.ts';
import { createFrontDoor } from './app/surfaces/front-door.ts';
import { healthLines } from './app/surfaces/health.ts';
import { exposeMetrics } from './app/surfaces/metric-sources.ts';
import { warnOfBudget } from './app/surfaces/money.ts';
import { pruneRunLogs } from './app/surfaces/run-logs.ts';
import { viewDepsOf, viewOf } from './app/surfaces/views.ts';
import { traceTo } from './app/tracing-jobs.ts';
import { checkBeside } from './app/watch/file-check.ts';
import { startFilling } from './app/watch/filling.ts';
import { createForgeWatch } from './app/watch/forge-watch.ts';
import { createPlaneWatch } from './app/watch/plane-watch.ts';
import { reconcilingOf } from './app/watch/reconciling.ts';
import { keepRepositories } from './app/watch/repo-upkeep.ts';
import { agentsOf, dutiesOf, resilienceOf, wireProcessors } from './app/working.ts';
import type { Timers } from './bot/env.ts';
import type { LoadedConfig } from './config/load.ts';
import type { AppError } from './errors.ts';
import type { RunView } from './pipeline/view.ts';
import type { Announcement } from './queues/announcement.ts';
import type { Processors } from './queues/catalog.ts';
import type { Shutdown } from './shutdown.ts';

export interface AppOptions {
  place: Place;
  loaded: LoadedConfig;
  shutdown: Shutdown;
  /** Directory of scripted agents, where the runner is `scripted`. Default: the demo's. */
  scriptedDir?: string;
  /** Told a fresh key URL of the local chat page. */
  announce?: (keyUrl: string) => void;
  /** The clock the chat paces and repeats its calls by. Default: the real one. */
  chatTimers?: Timers;
  /** Jobs carried out otherwise than by the rooms: a benchmark measures everything around them. */
  standIns?: Partial<Processors>;
}

export interface App {
  parts: Parts;
  queueing: Queueing;
  chat: Chat;
  view: (task: number) => RunView | null;
  httpPort: number;
  /** Resolves when the database file is known to be intact; with a fault when the process has to stop. */
  checked: Promise<AppError | null>;
}

const S = 1000;

/**
 * The composition root of the control process, in the order of REC-50: database → control lease → Redis → rooms →
 * workers → chat → front door. What was started is undone when a later step throws; afterwards it belongs to the
 * shutdown. Throws AppError with one line for a person.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const cleanup = createCleanup(options.place.log);
  try {
    const app = await start(options, cleanup);
    cleanup.handTo(options.shutdown);
    return app;
  } catch (error) {
    await cleanup.undo();
    throw error;
  }
}

async function start(
  { place, loaded, shutdown, scriptedDir, announce, chatTimers, standIns = {} }: AppOptions,
  cleanup: ReturnType<typeof createCleanup>,
): Promise<App> {
  const parts = createParts(place, loaded, cleanup);
  const { config, house, registry, project, redact, trackerFor } = parts;
  const { now, log } = place;
  watchEventLoop({ log }, cleanup);
  await traceTo(config.server.otlpEndpoint, place, cleanup);
  const hold = takeControl(parts, cleanup);
  blockUnknown(parts);
  putInForce(parts, loaded.projects);
  await compareRestored(parts);
  pruneRunLogs(parts);
  const queueing = await startQueueing(parts, cleanup);
  const { publisher } = queueing;

  const views = viewDepsOf(parts);
  const intake = { house, config, trackerFor, now };
  const rollback = {
    start: ({ deploy, task, by }: { deploy: string; task: number; by: string }) =>
      void publisher
        .publish('rollback', { v: 1, task, deploy, by }, { jobId: `rollback.${deploy}` })
        .catch((error: unknown) => log.warn({ err: String(error) }, 'the rollback could not be queued')),
  };
  const control = createControl({ house, config, registry, project, intake, views, rollback, redact, now });
  const chat = await createChat(parts, control, {
    cleanup,
    ...(announce ? { announce } : {}),
    ...(chatTimers ? { timers: chatTimers } : {}),
  });

  const agents = agentsOf(parts, {
    scriptedDir: scriptedDir ?? DEMO_AGENTS,
    isReady: (host) => crew.roll.ready().some((one) => one.name === host && takesRuns(one)),
  });
  const resilience = resilienceOf(parts, agents);
  control.health = () => healthLines({ parts, queueing, resilience, projects: control.projects });
  const work = { parts, queueing, agents, resilience, cards: createCardRequests() };
  const dispatcher = createOutbound(work);
  const forgeWatch = createForgeWatch(parts);
  cleanup.add('forge watch', () => forgeWatch.stop());
  const planeWatch = createPlaneWatch(parts, chat.bot.ping);
  control.startFound = planeWatch.startFound;
  cleanup.add('plane watch', () => planeWatch.stop());
  const hearing = createHearing({
    house,
    now,
    resilience,
    spent: (task, liveUsd) => {
      const state = house.tasks.get(task);
      if (state) warnOfBudget({ ...agents, outbox: house.outbox }, state, liveUsd);
    },
    activity: cardRefresher(parts, queueing),
  });
  const inHand = createInHand();
  const crew = await createCrew({
    ...{ parts, queueing, hearing, inHand, cleanup },
    preflight: () => announced(resilience.preflight()?.answer),
    ended: () => undefined,
  });
  const duties = dutiesOf(parts, queueing, { inHand, crew });
  const reconciling = reconcilingOf(parts, { duties, forgeWatch });
  const processors = wireProcessors({
    ...work,
    bot: chat.bot,
    hearing,
    inHand,
    crew,
    reconciling,
    dispatcher,
    forgeWatch,
    planeWatch,
    standIns,
  });
  startWorkers({ parts, queueing, processors, crew, cleanup });
  startListening({ parts, queueing, hearing, crew, cleanup });
  const loss = await startFilling({ parts, queueing, duties, inHand, crew, cleanup });
  exposeMetrics({ parts, queueing, crew, reconciling, planeWatch, loss, resilience, cleanup });
  void keepRepositories(parts);
  dispatcher.start();
  planeWatch.start();
  cleanup.add('dispatcher', () => dispatcher.stop(2 * S));

  chat.bot.start();
  cleanup.add('chat', () => chat.bot.stop());
  const door = createFrontDoor({
    parts,
    queueing,
    views,
    rollback,
    ...{ crew, reconciling, loss },
    shutdown,
    bot: chat.bot,
    forgeWatch,
    planeWatch,
    resilience,
    pair: () => (chat.local === null ? { code: chat.bot.newOwnerCode() } : { url: chat.local.issueKeyUrl() }),
    instance: `${place.host}:${process.pid}`,
  });
  const { port } = await door.listen();
  cleanup.add('http', () => door.close());
  const checked = checkBeside(parts, { control: hold, cleanup });
  hold.started();
  return { parts, queueing, chat, view: (task) => viewOf(views, task), httpPort: port, checked };
}

/** Its agents can start now (AGENT-44). */
const takesRuns = ({ roles, preflight }: Announcement): boolean => roles.includes('agents') && preflight.ok;

/** Draws a running task's card anew, at most once per interval (PUB-3). */
function cardRefresher({ config, place }: Parts, { publisher }: Queueing): (task: number) => void {
  const drawn = new Map<number, number>();
  return (task) => {
    const at = place.now();
    if (at - (drawn.get(task) ?? 0) < config.telegram.cardActivityIntervalS * S) return;
    drawn.set(task, at);
    publisher
      .publish('refresh-card', { v: 1, task }, { deduplicate: `card-${task}` })
      .catch(() => place.log.debug({ taskId: task }, 'card not queued'));
  };
}
