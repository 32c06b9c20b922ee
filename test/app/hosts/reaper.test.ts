import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeMarker } from '../../../src/agent/run-marker.ts';
import { identify, isAlive, markOf } from '../../../src/subprocess.ts';
import { until } from '../../support/until.ts';
import { crewOf, here, LIMITS, RUN, S } from './crew.ts';

const exit = (at: number, more = {}) => ({ code: 0, class: 'finished', at, ...more });
const LATE = { task: 1, stage: 'analysis', attempt: 1, step: 'agent', generation: 1 };

describe('the reaper (REC-64 to REC-67)', () => {
  it('a run heard of is left alone; one of a worker not heard for the limit goes on, once, in the same attempt', async () => {
    const { reaper, runs, tasks, task, at, announce, events, orders } = crewOf();
    announce();
    at.now += LIMITS.lostMs - 1;
    await reaper.tick();
    expect([runs.byId(RUN)?.status, events()]).toEqual(['running', []]);
    const before = tasks.get(task);
    at.now += 1;
    await reaper.tick();
    await reaper.tick();
    expect(events()).toEqual(['run-lost']);
    expect(runs.byId(RUN)).toMatchObject({ status: 'ended', class: 'interrupted' });
    expect(tasks.get(task)).toMatchObject({
      attempt: before?.attempt,
      failedRuns: 0,
      fence: (before?.fence ?? 0) + 1,
    });
    expect(orders).toMatchObject([{ task, fence: before?.fence }]);
    expect(reaper.stats()).toMatchObject({ reaped_by_tier: { 1: 1, 2: 0, 3: 0 }, lost_claims: 0 });
  });

  it('inc-02 silence counts only while Redis answers, and not for what this process has in hand (AGENT-59)', async () => {
    const up = { since: null as number | null };
    const mine = new Set<number>();
    const { reaper, at, announce, events } = crewOf({
      reaper: { upSince: () => up.since, inHand: () => mine },
    });
    announce();
    at.now += 10 * LIMITS.lostMs;
    await reaper.tick();
    up.since = at.now;
    at.now += LIMITS.lostMs - 1;
    await reaper.tick();
    mine.add(1);
    at.now += 1;
    await reaper.tick();
    expect(events()).toEqual([]);
    mine.clear();
    await reaper.tick();
    expect(events()).toEqual(['run-lost']);
  });

  it('what is in hand of a task says nothing of the run it has gone on without', async () => {
    const { reaper, runs, at, announce, house, events } = crewOf({ reaper: { inHand: () => new Set([1]) } });
    announce();
    house.engine.apply({
      ...{ kind: 'fact', name: 'run-lost', key: 'lost', at: at.now, target: { task: 1 } },
      data: { reason: 'x' },
    });
    at.now += LIMITS.lostMs;
    await reaper.tick();
    expect(runs.byId(RUN)).toMatchObject({ status: 'ended', class: 'interrupted' });
    expect(events()).toEqual(['run-lost']);
  });

  it('a run that waits for a slot its task no longer wants is over, and one that is wanted waits on', async () => {
    const { reaper, runs, house, task, at, events } = crewOf();
    const state = house.tasks.get(task);
    const of = { task, stage: 'analysis', attempt: 1, generation: 2, run: 1, role: 'analyst', capUsd: null };
    const queued = (id: string, fence: number) =>
      runs.queued({ ...of, id, fence, logPath: '', createdAt: at.now } as Parameters<typeof runs.queued>[0]);
    queued('old', (state?.fence ?? 1) - 1);
    queued('wanted', state?.fence ?? 1);
    await reaper.tick();
    expect(['old', 'wanted'].map((id) => runs.byId(id)?.status)).toEqual(['ended', 'queued']);
    expect(events()).toEqual([]);
  });

  it('Reaper: exit code known 299 s → untouched, 301 s → one settle, without another run of the agent', async () => {
    const { reaper, tasks, task, at, announce, run, events } = crewOf();
    const ended = at.now;
    const still = () => announce({ runs: [run({ alive: false, phase: 'finalizing', exit: exit(ended) })] });
    for (const seconds of [30, 200, 299]) {
      at.now = ended + seconds * S;
      still();
      await reaper.tick();
    }
    expect(events()).toEqual([]);
    at.now = ended + 301 * S;
    still();
    await reaper.tick();
    await reaper.tick();
    expect(events()).toEqual(['agent-result', 'wake']);
    expect(tasks.get(task)).toMatchObject({ passed: ['agent'], headSha: 'b'.repeat(40), generation: 2 });
    expect(reaper.stats().reaped_by_tier).toEqual({ 1: 0, 2: 1, 3: 0 });
  });

  it('inc-07 finalizing with a dead process and a worker that is heard is in order (REC-65)', async () => {
    const { reaper, at, announce, run, events } = crewOf();
    const ended = at.now;
    for (let tick = 0; tick < 6; tick += 1) {
      at.now += 30 * S;
      announce({ runs: [run({ alive: false, phase: 'finalizing', exit: exit(ended) })] });
      await reaper.tick();
    }
    expect(events()).toEqual([]);
  });

  it('inc-01 a dead process of which its worker says nothing is noticed at the third look', async () => {
    const { reaper, at, announce, run, events } = crewOf();
    for (const expected of [[], [], ['run-lost']]) {
      at.now += 30 * S;
      announce({ runs: [run({ alive: false })] });
      await reaper.tick();
      expect(events()).toEqual(expected);
    }
  });

  it('the longest run is ended as timed out, and its attempt is spent', async () => {
    const { reaper, tasks, task, at, announce, events } = crewOf();
    at.now += LIMITS.maxRunningMs - 1;
    announce();
    await reaper.tick();
    expect(events()).toEqual([]);
    at.now += 2;
    announce();
    await reaper.tick();
    expect([events(), tasks.get(task)?.failedRuns]).toEqual([['agent-result'], 1]);
  });

  it('Reaper: lost claim → zero side effects', async () => {
    const { reaper, runs, hearing, result, at, task, tasks, events, orders } = crewOf({
      // The worker is first, in the moment between the look and the claim.
      reaper: { tipOf: async () => 'b'.repeat(40) },
    });
    at.now += LIMITS.lostMs;
    const reap = runs.reap;
    runs.reap = (...claim) => {
      hearing.ended({ ...result(), step: 'agent' }, result().result);
      return reap(...claim);
    };
    await reaper.tick();
    expect(events()).toEqual(['agent-result']);
    expect([orders, reaper.stats().lost_claims]).toEqual([[], 1]);
    expect(tasks.get(task)).toMatchObject({ passed: ['agent'], generation: 1 });
  });

  it('a run that ended well but died before its push is run again, not judged (REC-67, AGENT-49)', async () => {
    const { reaper, at, announce, run, events } = crewOf({ reaper: { tipOf: async () => null } });
    const ended = at.now;
    at.now = ended + 301 * S;
    announce({ runs: [run({ alive: false, phase: 'finalizing', exit: exit(ended) })] });
    await reaper.tick();
    expect(events()).toEqual(['run-lost']);
  });

  it('a stopping task is only tidied up', async () => {
    const { reaper, house, at, task, events } = crewOf();
    const actor = { surface: 'chat', id: '1', name: 'Ada', role: 'owner' } as const;
    house.engine.apply({ kind: 'command', name: 'stop', key: 's', at: at.now, actor, target: { task } });
    at.now += LIMITS.lostMs;
    await reaper.tick();
    expect(events()).toEqual(['stop']);
    expect(house.runs.byId(RUN)).toMatchObject({ status: 'ended' });
  });
});

describe('a worker that is gone (REC-23, REC-63)', () => {
  it('is believed dead at once where its process is known to be, and only noticed where it may live', async () => {
    const dead = crewOf({ reaper: { isConnected: async () => false } });
    dead.announce();
    await dead.reaper.suspect(LATE);
    expect(dead.events()).toEqual(['run-lost']);
    const silent = crewOf();
    silent.announce();
    await silent.reaper.suspect(LATE);
    expect(silent.events()).toEqual([]);
  });

  it('on this machine is dead when exactly its process is: a pid used again is another process', async () => {
    const { reaper, announce, events } = crewOf({ reaper: { isConnected: async () => false } });
    announce({ process: here() });
    await reaper.suspect(LATE);
    expect(events()).toEqual([]);
    announce({ process: { ...here(), startTime: '1' } });
    await reaper.tick();
    expect(events()).toEqual(['run-lost']);
  });

  it('what its host says it has left is lost at once, also by a control that never heard of the worker', async () => {
    const { reaper, runs, events } = crewOf();
    await reaper.left([RUN, 't9.analysis.1.g1']);
    await reaper.left([RUN]);
    expect(events()).toEqual(['run-lost']);
    expect(runs.byId(RUN)).toMatchObject({ status: 'ended', class: 'interrupted' });
  });

  it('Reaper: pid reused by another process → not killed', async () => {
    const { reaper, runsDir, events } = crewOf();
    const other = spawn('sleep', ['60'], { detached: true });
    try {
      const child = identify(other.pid ?? 0);
      writeMarker(path.join(runsDir, `${RUN}.proc.json`), {
        ...{ runId: RUN, mark: markOf(RUN, runsDir), task: 1, fence: 1, host: 'here', cwd: '/' },
        child: child && { ...child, startTime: '1' },
        worker: { ...here(), startTime: '1' },
      });
      await reaper.tick();
      expect(events()).toEqual(['run-lost']);
      expect(child && isAlive(child)).toBe(true);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('its result on this disk is taken instead of another run', async () => {
    const { reaper, spool, result, runs, events } = crewOf({ reaper: { isConnected: async () => false } });
    spool.put(RUN, result());
    await reaper.suspect(LATE);
    await until(() => events().length === 2, { what: 'the stage goes on' });
    expect([events(), runs.byId(RUN)?.class]).toEqual([['agent-result', 'wake'], 'finished']);
  });

  it('what the control process before this one had in hand goes on at the start (REC-50, REC-51)', async () => {
    const { reaper, announce, events } = crewOf();
    announce();
    await reaper.boot('somebody else');
    expect(events()).toEqual([]);
    await reaper.boot('w1');
    expect(events()).toEqual(['run-lost']);
  });
});
