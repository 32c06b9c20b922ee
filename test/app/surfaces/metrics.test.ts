import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/app/surfaces/metrics.ts';
import { databaseBlocks } from '../../../src/app/surfaces/queue-blocks.ts';
import { createBreakerStore } from '../../../src/db/breakers.ts';
import { createChatStore } from '../../../src/db/chat-store.ts';
import { createDeliveryStore } from '../../../src/db/deliveries.ts';
import { createDependencyStore } from '../../../src/db/dependencies.ts';
import { createDeployStore } from '../../../src/db/deploys.ts';
import { createLeaseStore } from '../../../src/db/leases.ts';
import { createRepoGates } from '../../../src/db/repo-gates.ts';
import { createRunStore } from '../../../src/db/runs.ts';
import { createVerdictStore } from '../../../src/db/verdicts.ts';
import { computeBlocks } from '../../../src/http/routes/queue.ts';
import { load } from '../../config/load-settings.ts';
import { command, started, storeOf, tempDir } from '../../db/store.ts';

/** Names of REC-142, without the prefix. */
const NAMES = [
  ...[
    'tasks_created_total',
    'tasks_finished_total',
    'stage_attempts_total',
    'gate_results_total',
    'rework_total',
  ],
  ...[
    'agent_runs_total',
    'tokens_total',
    'cost_usd_total',
    'deploys_total',
    'rollbacks_total',
    'post_deploy_total',
  ],
  ...['webhooks_total', 'events_rejected_total', 'reconcile_total', 'reaped_total', 'redis_rebuilds_total'],
  ...[
    'chat_calls_total',
    'chat_errors_total',
    'chat_parse_errors_total',
    'budget_stops_total',
    'stalled_jobs_total',
  ],
  ...[
    'queue_jobs',
    'tasks',
    'oldest_waiting_seconds',
    'breaker_open',
    'outbox_pending',
    'outbox_oldest_seconds',
  ],
  ...['leases_held', 'repos_frozen', 'workers_up', 'dirty_cards', 'backup_age_seconds', 'db_size_bytes'],
  ...['event_loop_lag_seconds', 'stage_duration_seconds', 'gate_duration_seconds', 'human_wait_seconds'],
  ...['webhook_to_card_seconds', 'detection_seconds'],
];

function house() {
  const store = storeOf(path.join(tempDir(), 'orch.db'));
  const { db, outbox } = store;
  const { id } = started(store, 1);
  return {
    ...store,
    id,
    runs: createRunStore(db),
    verdicts: createVerdictStore(db),
    leases: createLeaseStore(db),
    gates: createRepoGates(db, outbox),
    dependencies: createDependencyStore(db),
    deploys: createDeployStore(db),
    deliveries: createDeliveryStore(db),
    breakers: createBreakerStore(db),
    chat: createChatStore(db),
  };
}

describe('GET /metrics (REC-142)', () => {
  function exposed() {
    const all = house();
    const { db, id, runs, verdicts, engine } = all;
    const of = { task: id, stage: 'analysis', attempt: 1, generation: 1 } as const;
    runs.queued({ ...of, id: 'r1', run: 1, fence: 1, role: 'analyst', capUsd: 1, logPath: '', createdAt: 1 });
    runs.started('r1', 2);
    const usage = {
      inputTokens: 7,
      outputTokens: 5,
      cacheReadTokens: 3,
      cacheCreationTokens: 1,
      costUsd: 0.5,
    };
    runs.ended('r1', { class: 'finished', usage: usage as never, sessionId: null, at: 3 });
    verdicts.put(id, {
      ...of,
      step: 'gate.analysis_complete',
      outcome: 'passed',
      reason: '',
      evidence: {},
      at: 4,
    });
    engine.apply(command(id, 'approve'));
    db.$client.prepare("update runs set reaped_tier = 1 where id = 'r1'").run();
    const metrics = createMetrics();
    metrics.expose({
      house: all as never,
      jobs: async () => ({ agents: { waiting: 2 } }),
      reconcile: () => ({ unblocked: 3 }),
      rebuilds: () => 1,
      workersUp: () => 2,
      breakerOpen: () => true,
      backupsDir: '/nonexistent',
      now: () => 10_000,
    });
    metrics.webhook('plane', 'accepted');
    metrics.detected('run-tier-1', 12_000);
    return metrics.registry;
  }
  const scrape = () => exposed().metrics();

  it('has every name', async () => {
    const text = await scrape();
    for (const name of NAMES) expect(text, name).toContain(`# TYPE orch_${name} `);
  });

  it('counts what the rows say', async () => {
    const text = await scrape();
    for (const line of [
      'orch_tasks_created_total{project="shop"} 1',
      'orch_agent_runs_total{role="analyst",outcome="finished"} 1',
      'orch_tokens_total{role="analyst",kind="input"} 7',
      'orch_cost_usd_total{project="shop",role="analyst"} 0.5',
      'orch_gate_results_total{gate="analysis_complete",outcome="passed"} 1',
      'orch_stage_attempts_total{stage="analysis",outcome="passed"} 1',
      'orch_events_rejected_total{reason="nothing_to_approve"} 1',
      'orch_reaped_total{tier="1"} 1',
      'orch_queue_jobs{queue="agents",state="waiting"} 2',
      'orch_reconcile_total{result="unblocked"} 3',
      'orch_redis_rebuilds_total 1',
      'orch_workers_up 2',
      'orch_breaker_open 1',
      'orch_webhooks_total{source="plane",result="accepted"} 1',
    ])
      expect(text).toContain(line);
  });

  it('two scrapes at the same moment do not add up', async () => {
    const registry = exposed();
    const line = 'orch_tokens_total{role="analyst",kind="input"} 7\n';
    for (const text of await Promise.all([registry.metrics(), registry.metrics()]))
      expect(text).toContain(line);
  });

  it('metrics contain no work item id', async () => {
    expect(await scrape()).not.toMatch(/SHOP-\d|delivery date/);
  });
});

describe('GET /queue (REC-141)', () => {
  const blocks = (all: ReturnType<typeof house>) => databaseBlocks(all as never, load().config, () => 10_000);

  it('has its blocks from the database alone', async () => {
    const all = house();
    const second = started(all, 2);
    all.engine.apply(
      command(second.id, 'depend', { args: { dependency: { on: 'SHOP-001', remove: false } } }),
    );
    const found = await computeBlocks(blocks(all));
    expect(found).toMatchObject({
      counts: { queued: 0, running: 0, done: 0, failed: 0, cancelled: 0 },
      serial_gate: { enabled: false, holders: { shop: 'SHOP-001' }, waiting: [], frozen: [] },
      task_deps: { enabled: true, edges: 1, waiting: [], cycles: [] },
      stop: { stopping: [], deferred: [], total: 0 },
      outbox: { pending: expect.any(Number), oldest_s: expect.any(Number), stuck: [] },
      inbox: { pending: 0, duplicates_total: 0 },
      budgets: { blocked: [] },
      backup: { last_at: null, ok: true },
    });
  });

  it('`/queue` with a broken block still serves the rest', async () => {
    const all = house();
    all.db.$client.exec('drop table leases');
    const found = await computeBlocks(blocks(all));
    expect(found.leases).toEqual({ error: expect.stringContaining('leases') });
    expect(found.counts).toMatchObject({ cancelled: 0 });
  });
});
