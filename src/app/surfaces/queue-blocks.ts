import type { ChatBot } from '../../bot/bot.ts';
import type { Config } from '../../config/schema.ts';
import { newestBackupAt } from '../../db/backup.ts';
import type { QueueBlocks } from '../../http/routes/queue.ts';
import type { Crew } from '../hosts/crew.ts';
import type { Resilience } from '../hosts/resilience.ts';
import type { KnownWorker } from '../hosts/roll-call.ts';
import type { House } from '../house.ts';
import type { Parts } from '../parts.ts';
import type { Queueing } from '../queueing.ts';
import { labelSettingsOf } from '../settings.ts';
import { BACKUP_FAILED, backupsOf } from '../watch/backups.ts';
import type { PlaneWatch } from '../watch/plane-watch.ts';
import { type Reconciling, withPolling } from '../watch/reconciling.ts';
import type { RedisLoss } from '../watch/redis-loss.ts';

type Stores = Pick<
  House,
  | 'runs'
  | 'tasks'
  | 'leases'
  | 'gates'
  | 'outbox'
  | 'dependencies'
  | 'deploys'
  | 'chat'
  | 'deliveries'
  | 'breakers'
>;

const CONTENT_MAX = 500;

/** The blocks of REC-141 that need nothing but the database; also told while no control process runs. */
export function databaseBlocks(house: Stores, config: Config, now: () => number): QueueBlocks {
  const { redis, serialDeps } = config;
  const wids = (tasks: readonly { wid: string }[]): string[] => tasks.map(({ wid }) => wid);
  return {
    counts: () => countsOf(house),
    max_concurrency: () => redis.maxConcurrency,
    poll_interval: () => redis.queuePollInterval,
    recent: () => recentRuns(house),
    serial_gate: () => ({
      enabled: serialDeps.serialGateEnabled,
      repos: config.scopes.serialGateRepos ?? [],
      holders: holdersOf(house),
      waiting: wids(house.tasks.waiting('serial')),
      frozen: house.gates.freezes().map(({ repo, scope, reason, since }) => ({ repo, scope, reason, since })),
    }),
    task_deps: () => ({
      enabled: serialDeps.taskDepsEnabled,
      edges: house.dependencies.count(),
      waiting: house.tasks.waiting('dependency').map(({ id, wid }) => ({
        task: wid,
        on: wids(house.dependencies.of(id).filter(({ direction }) => direction === 'on')),
      })),
      cycles: cyclesOf(house),
    }),
    stop: () => {
      const live = house.tasks.live();
      const stopping = live.filter(({ activity }) => activity.kind === 'stopping');
      const deferred = live.filter(({ stop }) => stop?.deferred);
      return { stopping: wids(stopping), deferred: wids(deferred), total: stopping.length + deferred.length };
    },
    leases: () => house.leases.held(),
    freezes: () => house.gates.freezes(),
    deploys: () => ({
      open: house.deploys.open().map(({ id }) => id),
      watches: house.deploys.watched().map(({ id }) => id),
    }),
    limits: () =>
      house.tasks.waiting('limit').map(({ wid, activity }) => ({
        task: wid,
        until: activity.kind === 'limit' ? activity.deadline : null,
      })),
    budgets: () => ({ blocked: wids(house.tasks.waiting('budget')) }),
    outbox: () => {
      const { pending, oldestS, stuck } = house.outbox.stats(now());
      return { pending, oldest_s: oldestS, stuck };
    },
    inbox: () => house.deliveries.stats(),
    backup: () => {
      const at = newestBackupAt(backupsOf(config));
      return { last_at: at, ok: house.chat.memo(BACKUP_FAILED) === null };
    },
  };
}

export interface LiveDeps {
  parts: Parts;
  queueing: Queueing;
  crew: Crew;
  reconciling: Pick<Reconciling, 'stats'>;
  planeWatch: Pick<PlaneWatch, 'report' | 'labelErrors'>;
  loss: RedisLoss;
  resilience: Pick<Resilience, 'breaker' | 'preflight'>;
  bot: Pick<ChatBot, 'connection' | 'pausedMs'>;
}

/** All blocks of `GET /queue`, by the names of REC-141. */
export function queueBlocks(deps: LiveDeps): QueueBlocks {
  const { parts, queueing, crew, reconciling, planeWatch, loss } = deps;
  const { house, config, place } = parts;
  return {
    ...databaseBlocks(house, config, place.now),
    resilience: () => resilienceBlock(deps.resilience),
    reconcile: () => withPolling(reconciling.stats(), planeWatch.report()),
    reaper: () => ({ ...crew.reaper.stats(), leases_reclaimed: house.leases.reclaimed() }),
    auto_labels: () => labelsBlock(parts, planeWatch),
    redis: async () => ({
      ok: await queueing.publisher.isUp(),
      epoch: (await queueing.epoch.holds().catch(() => false)) ? 'ours' : 'unknown',
      rebuilds_total: loss.rebuilds(),
    }),
    workers: () => workersBlock(deps),
    chat: () => chatBlock(deps),
  };
}

function countsOf(house: Stores) {
  const { queued, busy } = house.runs.load();
  const counts = house.tasks.counts();
  const inStage = (name: string): number =>
    counts.filter(({ stage }) => stage === name).reduce((sum, { n }) => sum + n, 0);
  return {
    queued,
    running: busy,
    done: inStage('done'),
    failed: house.tasks.waiting('blocked').length,
    cancelled: inStage('cancelled'),
  };
}

/** Last ten runs; what a task is about is cut to a size that a terminal shows. */
const recentRuns = ({ runs, tasks }: Stores) =>
  runs.recent(10).map((run) => {
    const task = tasks.get(run.task);
    return {
      id: run.id,
      agent: run.role,
      repo: task?.repo ?? '',
      status: run.status,
      task: run.task,
      stage: run.stage,
      attempt: run.attempt,
      task_content: `${task?.title ?? ''}\n${task?.description ?? ''}`.trim().slice(0, CONTENT_MAX),
      started_at: run.startedAt,
      finished_at: run.endedAt,
    };
  });

/** Lowest unfinished task of each repository: it goes first (REC-110). */
function holdersOf({ tasks }: Stores): Record<string, string> {
  const holders: Record<string, string> = {};
  for (const { repo, wid } of tasks.live()) holders[repo] ??= wid;
  return holders;
}

function cyclesOf({ tasks }: Stores): string[] {
  const paths = tasks
    .waiting('blocked')
    .flatMap(({ activity }) =>
      activity.kind === 'blocked' && activity.cause === 'dep-cycle' ? [String(activity.facts.cycle)] : [],
    );
  return [...new Set(paths)];
}

/** `resilience` of `GET /queue` (AGENT-45, REC-141). */
function resilienceBlock({ breaker, preflight }: LiveDeps['resilience']) {
  const { state, failures, openUntil, cooldownMs } = breaker();
  const last = preflight();
  const detail = last === null || last.answer.ready ? '' : `${last.answer.reason} ${last.answer.fix}`;
  return {
    breaker: {
      state,
      failures,
      opened_at: openUntil === null ? null : openUntil - cooldownMs,
      retry_at: openUntil,
    },
    preflight: { ok: last?.answer.ready ?? true, checked_at: last?.at ?? null, detail },
  };
}

/** `auto_labels` of `GET /queue` (REC-141). */
export function labelsBlock({ house, config }: Parts, planeWatch: Pick<PlaneWatch, 'labelErrors'>) {
  const { enabled, ...settings } = labelSettingsOf(config);
  return { enabled, settings, applied: house.tasks.byLabel(), last_errors: planeWatch.labelErrors() };
}

/** An absent or unready host gets no jobs and is named (AGENT-60). */
function workersBlock({ crew, parts: { config, place } }: LiveDeps) {
  const stateOf = ({ last, heardAt, gone }: KnownWorker): 'up' | 'silent' | 'unready' => {
    if (gone || place.now() - heardAt >= config.redis.workerLostS * 1000) return 'silent';
    return last.preflight.ok ? 'up' : 'unready';
  };
  const workers = crew.roll.workers().map((one) => ({ ...one, state: stateOf(one) }));
  return workers.map(({ last, heardAt, state }) => ({
    id: last.worker,
    name: last.name,
    roles: last.roles,
    labels: last.labels,
    capacity: last.capacity,
    version: last.version,
    state,
    heard_at: heardAt,
    preflight: { ok: last.preflight.ok, detail: last.preflight.detail },
    runs: last.runs.map(({ runId, task, fence, phase, startedAt }) => ({
      ...{ run: runId, task, fence, phase },
      started_at: startedAt,
    })),
  }));
}

function chatBlock({ bot, parts: { house, config, place } }: LiveDeps) {
  const { botToken, mode } = config.telegram;
  const pausedMs = bot.pausedMs();
  return {
    mode: botToken === undefined ? 'local' : mode,
    state: bot.connection(),
    paused_until: pausedMs === 0 ? null : place.now() + pausedMs,
    dirty_cards: house.chat.unshownCards().length,
    lost_cards: house.chat.lostCards(),
    unreachable: house.chat
      .chats()
      .filter(({ reachable }) => !reachable)
      .map(({ chat }) => chat),
  };
}
