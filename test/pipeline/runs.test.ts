import { describe, expect, it } from 'vitest';
import { AGENT_CLASSES, type AgentClass } from '../../src/pipeline/agent-result.ts';
import { RUN_RULES } from '../../src/pipeline/runs.ts';
import { at, MINUTE, sha } from './play.ts';

/** First time a run ends so: where the task is, what was spent, whether the session goes on (AGENT-39). */
const TABLE: Record<
  Exclude<AgentClass, 'finished' | 'cancelled'>,
  [string, number, number, boolean | null]
> = {
  interrupted: ['working', 0, 0, true],
  crash: ['backoff', 1, 0, true],
  idle: ['backoff', 1, 0, true],
  timeout: ['backoff', 1, 0, false],
  'agent-error': ['backoff', 1, 0, false],
  'empty-log': ['backoff', 1, 0, false],
  saturated: ['working', 1, 0, false],
  'stale-base': ['working', 1, 0, false],
  'session-missing': ['working', 0, 0, false],
  transient: ['backoff', 0, 1, true],
  'first-byte': ['backoff', 0, 1, false],
  limit: ['limit', 0, 0, null],
  auth: ['runtime', 0, 0, null],
  billing: ['runtime', 0, 0, null],
  budget: ['budget', 0, 0, null],
};

describe('how a run ended (AGENT-38 to AGENT-43)', () => {
  it.each(Object.entries(TABLE))('%s → %j', (name, [kind, failed, transient, resume]) => {
    const play = at('development').agent({ class: name as AgentClass });
    const { activity, failedRuns, transientRuns, attempt } = play.task;
    expect([activity.kind, failedRuns, transientRuns, attempt]).toEqual([kind, failed, transient, 1]);
    if (resume === null) return;
    if (kind === 'backoff') play.timer();
    expect(play.of('run-stage')[0]?.resume).toBe(resume);
    expect(play.task.attempt).toBe(1);
  });

  it('has a rule for every class but the finished one', () => {
    expect([...Object.keys(RUN_RULES), 'finished'].sort()).toEqual([...AGENT_CLASSES].sort());
    expect(at('development').agent({ class: 'cancelled' }).answer).toBe('not_waiting');
  });

  it('attempts used up: a person is asked once (AGENT-41)', () => {
    const play = at('development').agent({ class: 'crash', reason: 'exit 1' });
    expect(play.pings).toEqual(['agent-retrying']);
    play.timer().agent({ class: 'timeout' });
    expect([play.place, play.pings]).toEqual(['development#1 blocked agent-failed', ['agent-failed']]);
  });

  it('after a refused push the next run starts on what is there now, in the same attempt (AGENT-39, REC-181)', () => {
    const play = at('development').agent({ class: 'stale-base', headSha: sha('f') });
    expect(play.task).toMatchObject({ headSha: sha('f'), attempt: 1, run: 2 });
    expect(play.task.startSha).not.toBe(sha('f'));
  });

  it('inc-20 six overloads and a success are one attempt; eight ask a person (AGENT-41, AGENT-42)', () => {
    const play = at('development');
    const waits: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      play.agent({ class: 'transient', reason: '529' });
      const { activity } = play.task;
      waits.push(activity.kind === 'backoff' ? activity.deadline - play.at : 0);
      play.timer();
    }
    expect(waits.every((ms, n) => ms >= 0.8 * 10_000 * 2 ** n && ms <= 1.2 * 10_000 * 2 ** n)).toBe(true);
    expect(play.agent().place).toBe('development#1 working');
    const down = at('development');
    for (let n = 0; n < 7; n += 1) down.agent({ class: 'transient' }).timer();
    expect(down.agent({ class: 'transient' }).place).toBe('development#1 blocked provider-exhausted');
  });

  it('interruptions keep the attempt, four within an hour ask a person (REC-52)', () => {
    const play = at('development');
    for (let n = 0; n < 3; n += 1) expect(play.fact('run-lost', { reason: 'gone' }).task.attempt).toBe(1);
    expect(play.fact('run-lost', { reason: 'gone' }).place).toBe('development#1 blocked restart-loop');
    const slow = at('development');
    for (let n = 0; n < 9; n += 1) {
      slow.at += 25 * MINUTE;
      expect(slow.fact('run-lost', { reason: 'gone' }).place).toBe('development#1 working');
    }
  });

  it('inc-15 the same technical failure three times in a row is a runaway (REC-133)', () => {
    const play = at('development', { limits: { jobMaxAttempts: 9 } });
    for (let n = 0; n < 2; n += 1) play.agent({ class: 'crash', reason: 'exit 1' }).timer();
    expect(play.agent({ class: 'crash', reason: 'exit 1' }).place).toBe('development#1 blocked runaway');
  });

  it('a gate that faults three times in a row for the same reason is a runaway, whoever tried again (REC-133)', () => {
    const play = at('review');
    const fault = { step: 'gate.reviewer_verdict', outcome: 'faulted', reason: 'the disk is full' } as const;
    for (let n = 0; n < 2; n += 1) {
      expect(play.settle(fault).task.activity).toMatchObject({ kind: 'blocked', cause: 'step-faulted' });
      expect(play.command('retry').task.activity.kind).toBe('working');
    }
    expect(play.settle(fault).task.activity).toMatchObject({ kind: 'blocked', cause: 'runaway' });
  });

  it('a gate that faults for another reason each time is none (REC-133)', () => {
    const play = at('review');
    const fault = { step: 'gate.reviewer_verdict', outcome: 'faulted' } as const;
    for (const reason of ['one', 'two', 'one', 'two']) {
      expect(play.settle({ ...fault, reason }).task.activity).toMatchObject({ cause: 'step-faulted' });
      play.command('retry');
    }
  });

  it('inc-17 inc-18 budget and limit cost no attempt, and each goes on by itself or by a tap', () => {
    const play = at('development').agent({ class: 'budget', reason: 'task cap' });
    expect(play.pings).toEqual(['budget']);
    play.command('raise-budget', { args: { usd: 5, cap: 'task' } });
    expect([play.place, play.task.raisedUsd.task]).toEqual(['development#1 working', 5]);
    play.agent({ class: 'limit', resumeAt: play.at + MINUTE });
    expect(play.timer().place).toBe('development#1 working');
    expect(play.timer().of('run-stage')).toEqual([]);
  });

  it('the button raises the cap that stopped the task, and the session goes on (AGENT-47)', () => {
    const play = at('development').agent({ class: 'budget', cap: { name: 'attempt', usd: 10 } });
    expect(play.task.activity).toMatchObject({ kind: 'budget', facts: { cap: 10, capName: 'attempt' } });
    play.command('raise-budget', { args: { usd: 5 } });
    expect(play.task.raisedUsd).toEqual({ attempt: 5, task: 0 });
    expect(play.of('run-stage')).toMatchObject([{ resume: true }]);
  });

  it('a cap of the day ends with the day, without anybody (AGENT-47)', () => {
    const play = at('development');
    const midnight = play.at + 7 * 60 * MINUTE;
    play.agent({ class: 'budget', cap: { name: 'day', usd: 100 }, resumeAt: midnight });
    expect(play.task.activity).toMatchObject({ kind: 'budget', deadline: midnight });
    play.at = midnight;
    expect(play.fact('timer', {}).place).toBe('development#1 working');
  });
});
