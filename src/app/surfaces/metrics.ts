import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ChatCounters } from '../../bot/env.ts';
import { newestBackupAt } from '../../db/backup.ts';
import { createTotals, TOTALS } from '../../db/totals.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { isWaiting, ownerOf } from '../../pipeline/waiting.ts';
import type { House } from '../house.ts';

/** What happens while the process lives and no row remembers (REC-142). No work item ids or titles in labels. */
export interface Metrics {
  registry: Registry;
  webhook: (source: string, result: string) => void;
  stalled: () => void;
  /** An order or readiness that could not be read held nobody back (REC-104). */
  unreadable: (what: string) => void;
  /** How long a fault went unnoticed, in milliseconds. */
  detected: (fault: string, ms: number) => void;
  gateTook: (gate: string, ms: number) => void;
  /** A webhook received at this moment was about the task; its next card shows it. */
  delivered: (task: number, receivedAt: number) => void;
  cardShown: (task: number, at: number) => void;
  /** One accepted event: stages that ended and waits of people that are over. */
  decided: (before: TaskState, after: TaskState, at: number) => void;
  chat: ChatCounters;
  /** Reads the rest when it is scraped. */
  expose: (sources: MetricSources) => void;
}

export interface MetricSources {
  house: House;
  /** Jobs by queue and state. */
  jobs: () => Promise<Record<string, Record<string, number>>>;
  reconcile: () => Record<string, number>;
  rebuilds: () => number;
  workersUp: () => number;
  breakerOpen: () => boolean;
  backupsDir: string;
  now: () => number;
  /** The process ends: nothing more is read. */
  signal?: AbortSignal;
}

const PREFIX = 'orch_';
const S = 1000;
const MINUTES = [1, 5, 30, 60, 300, 900, 1800, 3600, 14_400, 86_400];
const SECONDS = [0.5, 1, 2, 5, 10, 15, 30, 60, 90, 180, 300, 600];

type Labels = Record<string, string>;
type Read = (set: (labels: Labels, value: number) => void) => void | Promise<void>;

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `${PREFIX}${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, more: { labelNames: string[]; buckets: number[] }) =>
    new Histogram({ name: `${PREFIX}${name}`, help, ...more, registers });
  const webhooks = counter('webhooks_total', 'Webhook requests', ['source', 'result']);
  const stalled = counter('stalled_jobs_total', 'Jobs whose worker lost its hold');
  const unreadable = counter(
    'readiness_unreadable_total',
    'Readiness that could not be read and held nobody back',
    ['what'],
  );
  const calls = counter('chat_calls_total', 'Calls of the chat service', ['method', 'class']);
  const errors = counter('chat_errors_total', 'Errors in the chat surface');
  const parseErrors = counter('chat_parse_errors_total', 'Messages the chat service could not parse');
  const stages = histogram('stage_duration_seconds', 'Time in a stage', {
    labelNames: ['stage'],
    buckets: MINUTES,
  });
  const gates = histogram('gate_duration_seconds', 'Time of one gate job', {
    labelNames: ['gate'],
    buckets: SECONDS,
  });
  const waits = histogram('human_wait_seconds', 'Time a person was waited for', {
    labelNames: ['kind'],
    buckets: MINUTES,
  });
  const shown = histogram('webhook_to_card_seconds', 'From a webhook to the card', {
    labelNames: [],
    buckets: SECONDS,
  });
  const detection = histogram('detection_seconds', 'Time until a fault was noticed', {
    labelNames: ['fault'],
    buckets: SECONDS,
  });
  const pending = new Map<number, number>();
  return {
    registry,
    webhook: (source, result) => webhooks.inc({ source, result }),
    stalled: () => stalled.inc(),
    unreadable: (what) => unreadable.inc({ what }),
    detected: (fault, ms) => detection.observe({ fault }, ms / S),
    gateTook: (gate, ms) => gates.observe({ gate }, ms / S),
    delivered: (task, receivedAt) => void pending.set(task, receivedAt),
    cardShown(task, at) {
      const receivedAt = pending.get(task);
      if (receivedAt === undefined || !pending.delete(task)) return;
      shown.observe((at - receivedAt) / S);
    },
    decided(before, after, at) {
      if (before.stage !== after.stage && before.stage !== 'created')
        stages.observe({ stage: before.stage }, (at - before.stageSince) / S);
      const { activity } = before;
      if (isWaiting(activity) && ownerOf(activity) === 'you' && activity.kind !== after.activity.kind)
        waits.observe({ kind: activity.kind }, (at - (activity.entered ?? activity.since)) / S);
    },
    chat: {
      error: () => errors.inc(),
      parseError: () => parseErrors.inc(),
      call: (method, result) => calls.inc({ method, class: result }),
    },
    expose: (sources) => expose(registry, sources),
  };
}

/** A number that is set anew by what is read when somebody asks. A source that fails leaves its number out. */
function reading(
  registry: Registry,
  kind: typeof Gauge | typeof Counter,
  of: { name: string; help: string; labelNames: readonly string[]; read: Read },
): void {
  const metric = new kind({
    name: `${PREFIX}${of.name}`,
    help: of.help,
    labelNames: [...of.labelNames],
    registers: [registry],
    async collect() {
      const found: [Labels, number][] = [];
      try {
        await of.read((labels, value) => void found.push([labels, value]));
      } catch {
        found.length = 0;
      }
      // In one go: two scrapes at the same moment must not add up.
      metric.reset();
      for (const [labels, value] of found) metric.inc(labels, value);
    },
  }) as Counter | Gauge;
}

function expose(registry: Registry, sources: MetricSources): void {
  const { house, now } = sources;
  const totals = createTotals(house.db, sources.signal);
  const loop = monitorEventLoopDelay({ resolution: 20 });
  loop.enable();
  const gauge = (name: string, help: string, labelNames: string[], read: Read) =>
    reading(registry, Gauge, { name, help, labelNames, read });
  const counter = (name: string, help: string, labelNames: readonly string[], read: Read) =>
    reading(registry, Counter, { name, help, labelNames, read });

  for (const total of TOTALS)
    counter(total.name, total.help, total.labels, async (set) => {
      for (const { labels, n } of (await totals.read())[total.name] ?? []) set(labels, n);
    });
  counter('reconcile_total', 'What the reconciler found', ['result'], (set) => {
    for (const [result, n] of Object.entries(sources.reconcile())) set({ result }, n);
  });
  counter('redis_rebuilds_total', 'Times an emptied Redis was filled again', [], (set) =>
    set({}, sources.rebuilds()),
  );
  gauge('tasks', 'Tasks by stage and what they wait for', ['stage', 'waiting'], (set) => {
    for (const { stage, activity, n } of house.tasks.counts()) set({ stage, waiting: activity }, n);
  });
  gauge('oldest_waiting_seconds', 'Longest present wait by owner', ['owner'], (set) => {
    const oldest = new Map<string, number>();
    for (const { activity } of house.tasks.live()) {
      const owner = ownerOf(activity) ?? 'system';
      oldest.set(owner, Math.max(oldest.get(owner) ?? 0, now() - activity.since));
    }
    for (const [owner, ms] of oldest) set({ owner }, ms / S);
  });
  gauge('queue_jobs', 'Jobs by queue and state', ['queue', 'state'], async (set) => {
    for (const [queue, counts] of Object.entries(await sources.jobs()))
      for (const [state, n] of Object.entries(counts)) set({ queue, state }, n);
  });
  const single: [string, string, () => number][] = [
    ['breaker_open', '1 while the breaker lets no agent start', () => Number(sources.breakerOpen())],
    ['outbox_pending', 'Effects not sent yet', () => house.outbox.stats(now()).pending],
    [
      'outbox_oldest_seconds',
      'Age of the oldest effect not sent yet',
      () => house.outbox.stats(now()).oldestS,
    ],
    ['leases_held', 'Leases held', () => house.leases.held().length],
    [
      'repos_frozen',
      'Repositories with a freeze',
      () => new Set(house.gates.freezes().map(({ repo }) => repo)).size,
    ],
    ['workers_up', 'Workers heard of lately', sources.workersUp],
    ['dirty_cards', 'Cards that do not show the present state', () => house.chat.unshownCards().length],
    ['db_size_bytes', 'Size of the database file', totals.sizeBytes],
    ['event_loop_lag_seconds', 'Longest stall of the event loop since the last scrape', () => lagOf(loop)],
  ];
  for (const [name, help, value] of single) gauge(name, help, [], (set) => set({}, value()));
  gauge('backup_age_seconds', 'Age of the newest backup', [], (set) => {
    const at = newestBackupAt(sources.backupsDir);
    if (at !== null) set({}, (now() - at) / S);
  });
}

function lagOf(loop: ReturnType<typeof monitorEventLoopDelay>): number {
  const seconds = loop.max / 1e9;
  loop.reset();
  return Number.isFinite(seconds) ? seconds : 0;
}
