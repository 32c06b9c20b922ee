import { describe, expect, it } from 'vitest';
import { capOf, moneyOf, nextDay, pricesOf, warnOfBudget } from '../../../src/app/surfaces/money.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { createProbes } from '../../../src/config/probes.ts';
import { createBudgetStore } from '../../../src/db/budgets.ts';
import { createRunStore } from '../../../src/db/runs.ts';
import type { Usage } from '../../../src/pipeline/agent-result.ts';
import { started, storeOf, tempDir } from '../../db/store.ts';
import { projectOf } from '../../support/machine.ts';

const NOON = Date.UTC(2026, 4, 4, 12);
const usage: Usage = {
  inputTokens: 1_000_000,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
  costUsd: 8,
  estimated: false,
  turns: 1,
  durationMs: 1,
  model: 'claude-sonnet-5-5',
};

function bench(settings: Record<string, string> = {}) {
  const dataDir = tempDir();
  const env = { ORCH_DATA_DIR: dataDir, ...settings };
  const place = { dataDir, cwd: dataDir, homeDir: dataDir, hostName: 'h', isTerminal: false };
  const { config } = loadConfig({ env, ...place, probes: createProbes(env) });
  const store = storeOf();
  const runs = createRunStore(store.db);
  const budgets = createBudgetStore(store.db, 'UTC');
  const task = started(store, 1, NOON);
  const money = { config, project: () => projectOf(), runs, budgets, outbox: store.outbox, now: () => NOON };
  const run = (id: string, capUsd: number) => {
    const of = { task: task.id, stage: task.stage, attempt: task.attempt, generation: 1, fence: 1 };
    runs.queued({ ...of, id, run: 1, role: 'analyst', capUsd, logPath: '', createdAt: NOON });
  };
  const end = (id: string, costUsd: number) =>
    runs.ended(id, { class: 'finished', usage: { ...usage, costUsd }, sessionId: null, at: NOON });
  const notices = () =>
    store.outbox
      .due(NOON, 100)
      .map(({ payload }) => payload)
      .filter((payload) => payload.kind === 'ping' && payload.ping === 'budget-80');
  return { ...store, task, money, run, end, runs, notices };
}

describe('money before and after a run (AGENT-46, AGENT-47)', () => {
  it('what is reserved for a run is not taken from that run itself', () => {
    const { money, run, task } = bench({ ORCH_BUDGET_DAY_USD: '4' });
    run('r1', 4);
    expect(capOf(money, moneyOf(money, task))).toMatchObject({ start: false, cap: 'day' });
    expect(capOf(money, moneyOf(money, task, 'r1'))).toMatchObject({ start: true, capUsd: 4 });
  });

  it('the actual cost takes the place of what was reserved', () => {
    const { money, run, end, task } = bench();
    run('r1', 9);
    end('r1', 2);
    expect(moneyOf(money, task).spent).toEqual({ attempt: 2, task: 2, day: 2, dayReserved: 0 });
  });

  it('a publication that takes the place of a queued one frees its money', () => {
    const { money, run, task, runs } = bench();
    run('r1', 9);
    runs.supersede(task.id, 'r2', NOON);
    expect(moneyOf(money, task).spent.dayReserved).toBe(0);
  });

  it('what a lost run had last told is charged', () => {
    const { money, run, task, runs } = bench();
    run('r1', 9);
    const told = { phase: 'working', activity: null, turns: 1, tokensIn: 1, tokensOut: 1 };
    runs.progressed('r1', { ...told, costUsd: 1.5, estimated: true, model: null, at: NOON }, 'h');
    runs.ended('r1', { class: 'interrupted', usage: null, sessionId: null, at: NOON });
    expect(moneyOf(money, task).spent.attempt).toBe(1.5);
  });

  it('a cap of the day ends at the next local midnight', () => {
    const { money } = bench();
    expect(new Date(nextDay(money)).toISOString()).toBe('2026-05-05T00:00:00.000Z');
  });

  it('one silent notice is sent at 80 %, once per cap, a run in progress included', () => {
    const { money, task, notices, run } = bench();
    run('r1', 10);
    warnOfBudget(money, task, 7.9);
    expect(notices()).toEqual([]);
    warnOfBudget(money, task, 8);
    warnOfBudget(money, task, 9);
    expect(notices()).toMatchObject([{ sound: 'silent', params: { spent: 8, cap: 10 } }]);
    const raised = { ...task, raisedUsd: { attempt: 5, task: 0 } };
    warnOfBudget(money, raised, 9);
    expect(notices()).toHaveLength(1);
    warnOfBudget(money, raised, 13);
    expect(notices()).toHaveLength(2);
  });
});

describe('prices for estimates (AGENT-36)', () => {
  it('are learned from what recorded runs of a model cost', () => {
    const { money, run, end } = bench();
    run('r1', 9);
    end('r1', 8);
    expect(pricesOf(money)['claude-sonnet-5-5']).toMatchObject({ in: 8, out: 40 });
  });

  it('of the settings win', () => {
    const prices = JSON.stringify({ 'claude-sonnet-5-5': { in: 3, out: 15 } });
    const { money, run, end } = bench({ ORCH_MODEL_PRICES_JSON: prices });
    run('r1', 9);
    end('r1', 8);
    expect(pricesOf(money)['claude-sonnet-5-5']).toEqual({
      in: 3,
      out: 15,
      cache_read: 0.3,
      cache_write: 3.75,
    });
  });
});
