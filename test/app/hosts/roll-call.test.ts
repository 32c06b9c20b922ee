import { existsSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSpool, runOnce } from '../../../src/app/hosts/run-once.ts';
import { silentLogger } from '../../../src/log.ts';
import { type JobContext, LookAgain, type Payload } from '../../../src/queues/catalog.ts';
import { until } from '../../support/until.ts';
import { crewOf, FINISHED, LIMITS, RUN, S } from './crew.ts';

describe('what workers announce (REC-43 to REC-45)', () => {
  it('keeps their runs alive in the database, with how far they are', () => {
    const { announce, run, runs, roll, at } = crewOf();
    at.now += 80 * S;
    announce({ runs: [run({ phase: 'finalizing', exit: { code: 0, class: 'finished', at: at.now } })] });
    expect(runs.byId(RUN)).toMatchObject({
      status: 'finalizing',
      worker: 'w1',
      host: 'far',
      heartbeatAt: at.now,
    });
    expect([...roll.tasks()]).toEqual([1]);
    at.now += LIMITS.lostMs;
    expect([...roll.tasks()]).toEqual([]);
  });

  it('a run whose fence is not current is told to stop, a current one is not (REC-45)', () => {
    const { announce, run, orders, tasks, task } = crewOf();
    const fence = tasks.get(task)?.fence ?? 0;
    announce();
    expect(orders).toEqual([]);
    announce({ runs: [run({ fence: fence - 1 }), run({ task: 99, fence: 5 })] });
    expect(orders).toMatchObject([
      { task, fence: fence - 1 },
      { task: 99, fence: 5 },
    ]);
  });

  it('a result offered is taken once, acknowledged every time, and the stage goes on without the queue (REC-44)', async () => {
    const { announce, result, acknowledged, events, tasks, task } = crewOf();
    announce({ runs: [], results: [result()] });
    announce({ runs: [], results: [result()] });
    await until(() => events().length === 2, { what: 'the stage goes on' });
    expect(events()).toEqual(['agent-result', 'wake']);
    expect(acknowledged).toEqual([RUN, RUN]);
    expect(tasks.get(task)).toMatchObject({ passed: ['agent'], generation: 2 });
  });

  it('where the queue carries the result on by itself, nothing is published again', async () => {
    const { announce, result, events, jobs, tasks, task } = crewOf();
    jobs.state = 'completed';
    announce({ runs: [], results: [result()] });
    await until(() => jobs.asked === 1, { what: 'the queue is asked' });
    await new Promise((followed) => setImmediate(followed));
    expect([events(), tasks.get(task)?.generation]).toEqual([['agent-result'], 1]);
  });

  it('inc-40 a result of an old fence changes nothing and is acknowledged', () => {
    const { announce, result, acknowledged, events, house, at } = crewOf();
    const target = { task: 1 };
    house.engine.apply({
      kind: 'fact',
      name: 'run-lost',
      key: 'l',
      at: at.now,
      target,
      data: { reason: 'x' },
    });
    announce({ runs: [], results: [result()] });
    expect([events(), acknowledged]).toEqual([['run-lost'], [RUN]]);
  });
});

describe('a worker of another version (REC-172)', () => {
  it('of the same major version works, one of another is told to stand down and named', () => {
    const { announce, stoodDown } = crewOf();
    announce({ version: '1.9.0' });
    expect(stoodDown).toEqual([]);
    announce({ version: '2.0.0', payload: 2 });
    expect(stoodDown).toEqual(['far runs version 2.0.0 (payload 2), control runs 1.2.3']);
  });
});

describe('a run is carried out once (REC-24, AGENT-57)', () => {
  const payload = {
    task: 1,
    stage: 'analysis',
    attempt: 1,
    generation: 1,
    fence: 1,
    step: 'agent',
    input: {},
  };
  const contextOf = (change: Partial<JobContext>) =>
    ({
      jobId: 'j',
      losses: 0,
      looks: 0,
      before: [],
      signal: new AbortController().signal,
      reported: null,
      progress: async () => undefined,
      ...change,
    }) as JobContext;
  function bench({ labels = [] as string[], wait = 0 } = {}) {
    const runsDir = mkdtempSync(path.join(os.tmpdir(), 'orch-once-'));
    let starts = 0;
    const outcome = { step: 'agent', outcome: 'passed' as const, reason: '', evidence: FINISHED };
    const runAgent = async () => {
      starts += 1;
      return [outcome];
    };
    const spool = openSpool(runsDir);
    const process = runOnce({
      ...{ runAgent, spool, labels, host: 'here', lostMs: 10 * S, log: silentLogger() },
      rate: async () => wait,
    });
    const run = (change: Partial<JobContext> = {}, input: object = {}) =>
      process({ ...payload, input } as unknown as Payload<'run-agent'>, contextOf(change));
    return { run, spool, runsDir, starts: () => starts };
  }

  it('its result is on disk before it is returned, and answers a job that is delivered again', async () => {
    const { run, runsDir, starts } = bench();
    const first = await run();
    expect(existsSync(path.join(runsDir, `${RUN}.result.json`))).toBe(true);
    expect([await run({ losses: 1 }), starts()]).toEqual([first, 1]);
  });

  it('a job whose worker was lost waits for the decision of control, for a while', async () => {
    const { run, starts } = bench();
    const ORPHANED = { parked: false, orphaned: true };
    const said: unknown[] = [];
    const progress = async (value: unknown) => void said.push(value);
    await expect(run({ losses: 1, looks: 2, progress })).rejects.toThrow(LookAgain);
    await expect(run({ losses: 1, looks: 3, progress })).rejects.toThrow(LookAgain);
    // Each look says so: whoever decides may have been away when the queue did.
    expect(said).toEqual([ORPHANED, ORPHANED]);
    expect(await run({ losses: 1, looks: 100 })).toMatchObject([{ evidence: { class: 'interrupted' } }]);
    expect(starts()).toBe(0);
  });

  it('is left to a host that has what its project asks for', async () => {
    const input = { project: { workerLabels: ['gpu', 'linux'] } };
    const poor = bench({ labels: ['linux'] });
    await expect(poor.run({}, input)).rejects.toThrow(LookAgain);
    const rich = bench({ labels: ['linux', 'gpu', 'big'] });
    await rich.run({}, input);
    expect([poor.starts(), rich.starts()]).toEqual([0, 1]);
  });

  it('AGENT-60 a resume is left to the host of its session for a minute; then the next run starts afresh', async () => {
    const input = (host: string) => ({ agent: { request: { session: { id: 's', resume: true, host } } } });
    const here = bench();
    await here.run({}, input('here'));
    expect(here.starts()).toBe(1);
    const other = bench();
    await expect(other.run({ looks: 3 }, input('there'))).rejects.toThrow(LookAgain);
    expect(await other.run({ looks: 60 }, input('there'))).toMatchObject([
      { outcome: 'faulted', evidence: { class: 'session-missing', outcome: null } },
    ]);
    expect(other.starts()).toBe(0);
  });

  it('waits for its minute where too many have started (REC-16)', async () => {
    const { run, starts } = bench({ wait: 20_000 });
    await expect(run()).rejects.toMatchObject({ delayMs: 20_000 });
    expect(starts()).toBe(0);
  });

  it('is offered until acknowledged, also after a restart of the worker', async () => {
    const { run, spool, runsDir } = bench();
    await run();
    expect(openSpool(runsDir).offered()).toMatchObject([{ runId: RUN }]);
    spool.acknowledged(RUN, 5);
    expect([spool.offered(), openSpool(runsDir).offered()]).toEqual([[], []]);
    expect(spool.get(RUN)).toMatchObject({ runId: RUN });
    spool.prune(25 * 3600 * S);
    expect(spool.get(RUN)).toBeNull();
  });
});
