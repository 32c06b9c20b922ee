import { describe, expect, it } from 'vitest';
import type { Preflight } from '../../../src/agent/preflight.ts';
import { createAgentHosts } from '../../../src/app/hosts/able-hosts.ts';
import { createResilience } from '../../../src/app/hosts/resilience.ts';
import { createBreakerStore } from '../../../src/db/breakers.ts';
import { createRunStore } from '../../../src/db/runs.ts';
import { silentLogger } from '../../../src/log.ts';
import type { FactData } from '../../../src/pipeline/events.ts';
import type { Announcement } from '../../../src/queues/announcement.ts';
import { type Store, started, storeOf } from '../../db/store.ts';

const MINUTE = 60_000;

function bench() {
  const store = storeOf();
  const at = { now: 10_000 };
  const host: { answer: Preflight } = { answer: { ready: true } };
  const runs = createRunStore(store.db);
  const breakers = createBreakerStore(store.db);
  const resilience = createResilience({
    house: { ...store, runs, breakers },
    settings: { threshold: 2, cooldownMs: 5 * MINUTE },
    readiness: { check: async () => host.answer, invalidate: () => undefined },
    now: () => at.now,
    log: silentLogger(),
  });
  return { ...store, runs, breakers, at, host, resilience };
}

const ended = (change: Partial<FactData['agent-result']>): FactData['agent-result'] => ({
  run: 1,
  class: 'transient',
  reason: 'Overloaded',
  startSha: null,
  headSha: null,
  codeChanged: false,
  usage: null,
  sessionId: null,
  exitCode: 1,
  logTail: '',
  restored: [],
  archiveRef: null,
  resumeAt: null,
  ...change,
});

/** Reports the end of the present run of a task. */
function report({ engine, tasks }: Store, id: number, data: FactData['agent-result'], at: number) {
  const { stage, attempt, fence, generation } = tasks.get(id) ?? {};
  const target = { task: id, stage, attempt, fence } as never;
  return engine.apply({
    kind: 'fact',
    name: 'agent-result',
    key: `end:${id}:${generation}`,
    at,
    target,
    data,
  });
}

const twice = ({ resilience }: ReturnType<typeof bench>) => {
  for (const runId of ['r1', 'r2']) resilience.ended({ runId, outcome: 'transient' });
};
const timer = ({ engine, at }: ReturnType<typeof bench>, task: number) =>
  engine.apply({
    kind: 'fact',
    name: 'timer',
    key: `timer:${task}:${at.now}`,
    at: at.now,
    target: { task },
    data: {},
  });

describe('the circuit breaker in front of the provider (AGENT-45)', () => {
  it('opens after failures in a row; tasks then wait for it and go on when its time is over', () => {
    const house = bench();
    const { id } = started(house, 1);
    twice(house);
    expect(house.resilience.breaker()).toMatchObject({ state: 'open', openUntil: 10_000 + 5 * MINUTE });
    report(house, id, ended({ resumeAt: 20_000 }), house.at.now);
    house.at.now = 20_000;
    timer(house, id);
    const waiting = house.tasks.get(id)?.activity;
    expect(waiting).toMatchObject({ kind: 'breaker', deadline: 10_000 + 5 * MINUTE, facts: { n: 2 } });
    house.at.now = 10_000 + 5 * MINUTE;
    timer(house, id);
    expect(house.tasks.get(id)?.activity).toMatchObject({ kind: 'working' });
  });

  it('Breaker survives restart; half-open lets one through', () => {
    const b = bench();
    twice(b);
    const again = createResilience({
      house: { ...b, runs: b.runs, breakers: b.breakers },
      settings: { threshold: 2, cooldownMs: 5 * MINUTE },
      readiness: { check: async () => b.host.answer, invalidate: () => undefined },
      now: () => b.at.now,
      log: silentLogger(),
    });
    expect([again.breaker().state, again.admit('r3') === null]).toEqual(['open', false]);
    b.at.now += 5 * MINUTE;
    expect([again.admit('r3'), again.admit('r4') === null, again.breaker().state]).toEqual([
      null,
      false,
      'half-open',
    ]);
  });

  it('lets exactly one run through when it is half open, and all when that one ends well', () => {
    const house = bench();
    const { id } = started(house, 1);
    twice(house);
    expect(house.resilience.admit('r3')).toBe(5 * MINUTE);
    house.at.now += 5 * MINUTE;
    report(house, id, ended({ resumeAt: house.at.now }), house.at.now);
    expect(house.resilience.admit('r3')).toBeNull();
    expect(house.resilience.admit('r4')).toBeGreaterThan(0);
    house.resilience.ended({ runId: 'r3', outcome: 'ok' });
    expect(house.resilience.admit('r4')).toBeNull();
    expect(house.resilience.breaker()).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('opens for twice as long when the one run fails too', () => {
    const house = bench();
    twice(house);
    house.at.now += 5 * MINUTE;
    house.resilience.admit('r3');
    house.resilience.ended({ runId: 'r3', outcome: 'transient' });
    expect(house.resilience.breaker()).toMatchObject({
      state: 'open',
      openUntil: house.at.now + 10 * MINUTE,
    });
  });

  it('asks again with the next run when the one run was lost', () => {
    const house = bench();
    twice(house);
    house.at.now += 5 * MINUTE;
    const run = { task: 1, stage: 'analysis', attempt: 1, run: 1, generation: 1, fence: 1, role: 'analyst' };
    house.runs.queued({ ...run, id: 'r3', capUsd: null, logPath: '', createdAt: 1 });
    house.resilience.admit('r3');
    house.runs.ended('r3', { class: 'interrupted', usage: null, sessionId: null, at: 2 });
    expect(house.resilience.admit('r4')).toBeNull();
  });

  it('wakes the tasks that wait for it when it closes', () => {
    const house = bench();
    const { id } = started(house, 1);
    twice(house);
    report(house, id, ended({ resumeAt: 20_000 }), house.at.now);
    house.at.now = 20_000;
    timer(house, id);
    house.at.now += 5 * MINUTE;
    house.resilience.admit('r9');
    house.resilience.ended({ runId: 'r9', outcome: 'ok' });
    expect(house.tasks.get(id)?.activity).toMatchObject({ kind: 'working' });
  });
});

/** A control process that runs agents itself, and worker hosts beside it. */
const hostsOf = ({ resilience }: ReturnType<typeof bench>, others: readonly Announcement[]) => {
  const redis = { workerName: 'here', workerLabels: ['near'], workerRoles: ['agents', 'gates'] };
  return createAgentHosts({ config: { redis } } as never, { others: async () => others }, resilience);
};
const recheck = (
  house: ReturnType<typeof bench>,
  asked: readonly string[] = [],
  others: Announcement[] = [],
) => house.resilience.recheck(hostsOf(house, others), () => asked);

describe('hosts that cannot run a model (AGENT-44)', () => {
  const about = { host: 'here', cause: 'disk', reason: 'Full.', fix: 'Free space.' };
  const pings = ({ outbox, at }: ReturnType<typeof bench>) =>
    outbox
      .due(at.now, 100)
      .filter(({ payload }) => payload.kind === 'ping' && payload.ping === 'agents-not-ready');

  it('inc-10 ping once per host and cause, not per task, and again after they were ready', async () => {
    const house = bench();
    const [one, two] = [started(house, 1).id, started(house, 2).id];
    for (const task of [one, two, one]) house.resilience.tell(task, about);
    house.resilience.tell(two, { ...about, cause: 'unreachable' });
    expect(pings(house)).toHaveLength(2);
    house.at.now += 1;
    await recheck(house);
    house.resilience.tell(one, about);
    expect(pings(house)).toHaveLength(3);
  });

  it('wake the waiting tasks as soon as the check passes', async () => {
    const house = bench();
    const { id } = started(house, 1);
    house.host.answer = { ready: false, cause: 'disk', reason: 'Full.', fix: 'Free space.' };
    report(house, id, ended({ class: 'auth', reason: 'Full.' }), house.at.now);
    await recheck(house);
    expect(house.tasks.get(id)?.activity).toMatchObject({ kind: 'runtime' });
    house.host.answer = { ready: true };
    await recheck(house);
    expect(house.tasks.get(id)?.activity).toMatchObject({ kind: 'working' });
    expect(house.resilience.preflight()).toMatchObject({ answer: { ready: true } });
  });

  it('AGENT-60 wake a task only for a host that has its labels', async () => {
    const house = bench();
    const { id } = started(house, 1);
    report(house, id, ended({ class: 'auth', reason: 'Full.', host: 'far-1' }), house.at.now);
    expect(house.tasks.get(id)?.activity).toMatchObject({ kind: 'runtime', facts: { host: 'far-1' } });
    const far = { worker: 'w', name: 'far-1', roles: ['agents'], labels: ['far'] };
    const unready = { ...far, preflight: { ok: false, detail: 'Full.' } } as unknown as Announcement;
    await recheck(house, ['far'], [unready]);
    expect(house.tasks.get(id)?.activity).toMatchObject({ kind: 'runtime' });
    await recheck(house, ['far'], [{ ...unready, preflight: { ok: true, detail: '' } }]);
    expect(house.tasks.get(id)?.activity).toMatchObject({ kind: 'working' });
  });
});
