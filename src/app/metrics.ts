import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { ownerOf } from '../pipeline/waiting.ts';
import type { Parts } from './parts.ts';
import type { Queueing } from './queueing.ts';

/** Prometheus metrics (REC-142). No work item ids or titles in labels. */
export interface Metrics {
  registry: Registry;
  webhook: (source: string, result: string) => void;
}

const PREFIX = 'orch_';

/** Counts what happens and reads the rest from the database when it is scraped. */
export function createMetrics(
  { house, place }: Pick<Parts, 'house' | 'place'>,
  { publisher }: Queueing,
): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  const registers = [registry];
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    read: (set: (labels: Record<string, string>, value: number) => void) => void | Promise<void>,
  ) =>
    new Gauge({
      name: `${PREFIX}${name}`,
      help,
      labelNames,
      registers,
      async collect() {
        this.reset();
        await read((labels, value) => this.set(labels, value));
      },
    });

  gauge('tasks', 'Tasks by stage and what they wait for', ['stage', 'waiting'], (set) => {
    for (const { stage, activity, n } of house.tasks.counts()) set({ stage, waiting: activity }, n);
  });
  gauge('oldest_waiting_seconds', 'Longest present wait by owner', ['owner'], (set) => {
    const oldest = new Map<string, number>();
    for (const { activity } of house.tasks.live()) {
      const owner = ownerOf(activity) ?? 'system';
      oldest.set(owner, Math.max(oldest.get(owner) ?? 0, place.now() - activity.since));
    }
    for (const [owner, ms] of oldest) set({ owner }, ms / 1000);
  });
  gauge('queue_jobs', 'Jobs by queue and state', ['queue', 'state'], async (set) => {
    for (const [queue, source] of Object.entries(publisher.queues)) {
      const counts = await source.getJobCounts().catch(() => ({}));
      for (const [state, n] of Object.entries(counts)) set({ queue, state }, n);
    }
  });
  gauge('outbox_pending', 'Effects not sent yet', [], (set) =>
    set({}, house.outbox.stats(place.now()).pending),
  );
  gauge('outbox_oldest_seconds', 'Age of the oldest effect not sent yet', [], (set) =>
    set({}, house.outbox.stats(place.now()).oldestS),
  );
  gauge('leases_held', 'Leases held', [], (set) => set({}, house.leases.held().length));
  gauge('repos_frozen', 'Repositories with a freeze', [], (set) =>
    set({}, new Set(house.gates.freezes().map(({ repo }) => repo)).size),
  );
  gauge('cost_usd', 'USD spent today by project and role', ['project', 'role'], (set) => {
    const spent = new Map<string, number>();
    for (const run of house.runs.since(house.budgets.dayStart(place.now()))) {
      const key = `${run.repo}\n${run.role}`;
      spent.set(key, (spent.get(key) ?? 0) + (run.usage?.costUsd ?? 0));
    }
    for (const [key, usd] of spent) {
      const [project = '', role = ''] = key.split('\n');
      set({ project, role }, usd);
    }
  });
  const webhooks = new Counter({
    name: `${PREFIX}webhooks_total`,
    help: 'Webhook requests',
    labelNames: ['source', 'result'],
    registers,
  });
  return { registry, webhook: (source, result) => webhooks.inc({ source, result }) };
}
