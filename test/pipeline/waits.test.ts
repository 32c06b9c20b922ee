import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDb } from '../../src/db/open.ts';
import { tasks } from '../../src/db/schema.ts';
import { fromRow, toRow } from '../../src/db/task-rows.ts';
import type { Effect } from '../../src/pipeline/effects.ts';
import type { Freeze, Surroundings } from '../../src/pipeline/policy.ts';
import { isWaiting, ownerOf, WAITING_KINDS, WAITING_RULES } from '../../src/pipeline/waiting.ts';
import { at, HOUR, MINUTE, Play } from './play.ts';

const around = (play: Play, change: Partial<Surroundings>): Play => {
  play.policy = { ...play.policy, around: { ...play.policy.around, ...change } };
  return play;
};
const freeze: Freeze = { scope: 'all', cause: 'person:Ada', reason: 'release day', by: 'Ada', since: 1 };
const pending = (gate: string) => ({ step: `gate.${gate}`, outcome: 'pending' }) as const;

/** Each kind as it is entered, and what its deadline brings (PIPE-45). */
const KINDS: Readonly<Record<string, { play: () => Play; ms: number; next: string; pings?: string[] }>> = {
  approval: { play: () => at('analysis').settle(), ms: 24 * HOUR, next: 'approval', pings: ['reminder'] },
  answers: {
    play: () => at('analysis').settle({ step: 'gate.analysis_complete', outcome: 'needs-input' }),
    ms: 24 * HOUR,
    next: 'answers',
    pings: ['reminder'],
  },
  'pr-review': {
    play: () => at('review', { project: { requirePrReview: true } }).settle(pending('review_approved')),
    ms: 24 * HOUR,
    next: 'pr-review',
    pings: ['reminder'],
  },
  confirm: { play: () => at('deploy'), ms: 24 * HOUR, next: 'confirm', pings: ['reminder'] },
  blocked: {
    play: () => at('analysis').settle({ step: 'gate.analysis_complete', outcome: 'failed' }),
    ms: 24 * HOUR,
    next: 'blocked analysis-empty',
    pings: ['reminder'],
  },
  hold: {
    play: () =>
      at('deploy')
        .command('confirm-deploy')
        .settle({ step: 'merge', outcome: 'hold', hold: 'merge-refused' }),
    ms: 24 * HOUR,
    next: 'hold merge-refused',
    pings: ['reminder'],
  },
  ci: {
    play: () => at('development').settle(pending('ci_green')),
    ms: HOUR,
    next: 'blocked ci-timeout',
    pings: ['blocked'],
  },
  lease: {
    play: () => at('deploy-staging').settle(pending('branch_mergeable')),
    ms: HOUR / 2,
    next: 'lease',
    pings: ['lease-late'],
  },
  dependency: {
    play: () => new Play({ around: { dependsOn: [{ wid: 'SHOP-000', stage: 'review' }] } }).command('start'),
    ms: 24 * HOUR,
    next: 'dependency',
  },
  serial: {
    play: () => new Play({ around: { serialBehind: 'SHOP-000' } }).command('start'),
    ms: 24 * HOUR,
    next: 'serial',
  },
  frozen: {
    play: () => new Play({ around: { freezes: [freeze] } }).command('start'),
    ms: 24 * HOUR,
    next: 'frozen',
  },
  paused: {
    play: () => new Play({ around: { paused: { by: 'Ada', since: 1 } } }).command('start'),
    ms: 24 * HOUR,
    next: 'paused',
  },
  window: {
    play: () => around(at('deploy'), { windowOpensAt: 10 * HOUR }).command('confirm-deploy'),
    ms: 10 * HOUR,
    next: 'deploying',
  },
  limit: {
    play: () => at('development').agent({ class: 'limit', resumeAt: 3 * HOUR }),
    ms: 3 * HOUR,
    next: 'working',
  },
  budget: {
    play: () => at('development').agent({ class: 'budget' }),
    ms: 24 * HOUR,
    next: 'budget',
    pings: ['reminder'],
  },
  backoff: { play: () => at('development').agent({ class: 'crash' }), ms: 10_000, next: 'working' },
  runtime: { play: () => at('development').agent({ class: 'auth' }), ms: MINUTE, next: 'working' },
  deploying: {
    play: () => at('deploy').command('confirm-deploy'),
    ms: HOUR,
    next: 'hold deploy-unknown',
    pings: ['deploy-unknown'],
  },
  stopping: {
    play: () => at('review').command('stop'),
    ms: 2 * MINUTE,
    next: 'stopping',
    pings: ['not-stopped'],
  },
};

it('inc-34 every wait is a row: after a restart each is what it was (REC-1, REC-18)', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'orch-waits-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = path.join(dir, 'orchestrator.db');
  const waiting = Object.values(KINDS).map(({ play }, n) => {
    const { task } = play();
    return { ...task, id: n + 1, wid: `SHOP-${n}`, branch: `feature/SHOP-${n}`, issueId: `issue-${n}` };
  });
  const before = openDb({ file });
  for (const task of waiting) before.insert(tasks).values(toRow(task)).run();
  before.$client.close();
  const after = openDb({ file });
  expect(after.select().from(tasks).orderBy(tasks.id).all().map(fromRow)).toEqual(waiting);
  after.$client.close();
});

it('inc-12 STOP ends the work wherever it is; what does not die rings at its deadline and is tried again (REC-92, REC-93)', () => {
  for (const stage of ['analysis', 'development', 'testing', 'deploy-staging'] as const) {
    const play = at(stage).command('stop');
    expect([play.task.stage, play.task.activity.kind]).toEqual([stage, 'stopping']);
    expect(play.of('cancel-run').length + play.of('stop-work').length, stage).toBeGreaterThan(1);
    const causes = [1, 2].map((round) => {
      play.timer();
      const [rung] = play.of('ping');
      expect([rung?.ping, rung?.sound], `${stage}, round ${round}`).toEqual(['not-stopped', 'critical']);
      expect(play.of('stop-work'), `${stage}, round ${round}`).toHaveLength(1);
      expect(play.task.activity.kind).toBe('stopping');
      return rung?.cause;
    });
    // The same cause is never rung for twice (PING-1).
    expect(new Set(causes).size).toBe(1);
  }
});

describe('inc-11 every waiting kind (PIPE-44, PIPE-45, inc-11, REC-131)', () => {
  it.each(Object.entries(KINDS))('%s has owner and deadline, and the deadline acts', (kind, wanted) => {
    const play = wanted.play();
    const { activity } = play.task;
    expect(activity.kind).toBe(kind);
    expect(ownerOf(activity)).toBe(WAITING_RULES[kind as keyof typeof WAITING_RULES].owner);
    const deadline = isWaiting(activity) ? activity.deadline : 0;
    const since = isWaiting(activity) ? activity.since : 0;
    const absolute = kind === 'limit' || kind === 'window';
    expect(absolute ? deadline : deadline - since).toBe(wanted.ms);
    play.at = deadline - 2;
    expect(play.fact('timer', {}).answer).toBe('not_waiting');
    around(play, { windowOpensAt: null }).timer();
    expect([play.place.split(' ').slice(1).join(' '), play.pings]).toEqual([wanted.next, wanted.pings ?? []]);
    const after = play.task.activity;
    expect(after.kind !== 'ended' && after.deadline > play.at).toBe(true);
  });

  it('covers the whole union; breaker is entered by the probe alone', () => {
    expect([...Object.keys(KINDS), 'breaker'].sort()).toEqual([...WAITING_KINDS].sort());
  });
});

describe('the rhythm of waits', () => {
  it('reminds every 24 h, three times, whatever parks the task again in between', () => {
    const play = KINDS['pr-review']?.play() as Play;
    const said: string[] = [];
    for (let day = 0; day < 5; day += 1) {
      play.timer();
      said.push(...play.of('ping').map(({ cause }) => cause.split('.').at(-1) ?? ''));
      play.fact('pr-changed', { number: 1, merged: false, closed: false }).settle(pending('review_approved'));
    }
    expect(said).toEqual(['1', '2', '3']);
  });

  it('a late lease is told once, though it is looked at again and again (PIPE-45)', () => {
    const play = KINDS.lease?.play() as Play;
    const causes = new Set<string>();
    for (let look = 0; look < 4; look += 1) {
      play.timer();
      for (const { cause } of play.of('ping')) causes.add(cause);
      play.fact('lease-changed', {}).settle(pending('branch_mergeable'));
    }
    expect(causes.size).toBe(1);
  });

  it('inc-73 no CI run at all is told after its own, shorter time (inc-73)', () => {
    const evidence = { wait: 'ci', facts: { total: 0 } };
    const play = at('development')
      .settle({ ...pending('ci_green'), evidence })
      .timer();
    expect([play.place, play.pings]).toEqual(['development#1 blocked ci-silent', ['ci-silent']]);
  });

  it('a forge that was away has not been silent meanwhile (FORGE-105)', () => {
    const play = at('development');
    const silentSince = play.at + 540_000;
    const evidence = { wait: 'ci', facts: { total: 0, silentSince } };
    play.settle({ ...pending('ci_green'), evidence });
    expect(play.task.activity).toMatchObject({ kind: 'ci', deadline: silentSince + 600_000 });
  });

  it('a day cap ends with the day; resume-now does not lift it (PIPE-45)', () => {
    const play = at('development').agent({ class: 'budget', reason: 'day cap', resumeAt: 9 * HOUR });
    expect(play.command('resume-now').answer).toBe('not_waiting');
    expect(play.timer().place).toBe('development#1 working');
  });

  it('counts the time of each owner once (PIPE-28, PIPE-47)', () => {
    const play = KINDS.lease?.play() as Play;
    play.at += 10 * MINUTE;
    play.fact('lease-changed', {}).settle(pending('branch_mergeable'));
    play.at += 5 * MINUTE;
    play.fact('lease-changed', {});
    expect(Math.round((play.task.waited.lease ?? 0) / MINUTE)).toBe(15);
    const review = KINDS.approval?.play() as Play;
    review.at += HOUR;
    review.command('approve');
    expect(Math.round(review.task.review.ms / MINUTE)).toBe(60);
  });

  it('a frozen or paused repository holds back, and its end lets go (PIPE-24, REC-111)', () => {
    const play = KINDS.frozen?.play() as Play;
    expect(around(play, { freezes: [] }).fact('repo-changed', {}).answer).toBe('analysis#1 working');
    const own: Freeze = { ...freeze, scope: 'delivery', cause: 'deploy-failed SHOP-001' };
    expect(around(at('deploy'), { freezes: [own] }).command('confirm-deploy').answer).toBe(
      'deploy#1 deploying',
    );
  });

  it('a dependency declared later never interrupts a stage (REC-101)', () => {
    const play = at('development').settle(pending('ci_green'));
    around(play, { dependsOn: [{ wid: 'SHOP-000', stage: 'review' }] });
    expect(play.fact('wake', {}).answer).toBe('development#1 working');
    expect(play.settle().place).toBe('review#1 dependency');
  });

  it('inc-87 a cycle blocks every task on it and rings once (REC-103)', () => {
    const cycle = ['SHOP-001', 'SHOP-002', 'SHOP-001'];
    const first = at('development').fact('deps-changed', { cycle });
    expect([first.place, first.pings]).toEqual(['development#1 blocked dep-cycle', ['dep-cycle']]);
    expect(first.of('cancel-run')).toHaveLength(1);
    const second = new Play({}, { wid: 'SHOP-002' }).command('start').fact('deps-changed', { cycle });
    expect([second.place, second.pings]).toEqual(['analysis#1 blocked dep-cycle', []]);
    expect(first.fact('deps-changed', {}).answer).toBe('development#1 working');
    for (const kind of ['hold', 'confirm', 'deploying', 'stopping'])
      expect((KINDS[kind] as { play: () => Play }).play().fact('deps-changed', { cycle }).answer).toBe(
        'not_waiting',
      );
  });

  it('the day limit of runs stops a runaway (REC-133)', () => {
    const play = new Play({ around: { runsToday: { count: 40, max: 40 } } }).command('start');
    expect(play.place).toBe('analysis#1 blocked runaway');
  });
});

describe('stopping (PIPE-55, REC-92)', () => {
  it('nothing but the end of the stop changes a stopping task', () => {
    const play = KINDS.stopping?.play() as Play;
    const steps = [{ step: 'agent', outcome: 'passed', reason: '', evidence: {} }] as const;
    for (const inert of [
      () => play.agent(),
      () => play.fact('stage-settled', { steps }),
      () => play.fact('step-faulted', { step: 'agent', reason: 'x', attempts: 1 }),
      () => play.fact('run-lost', { reason: 'x' }),
      () =>
        play.fact('gate-result', {
          gate: 'check_ci_green',
          result: { outcome: 'passed', reason: '', evidence: {} },
        }),
    ])
      expect(inert().answer).toBe('not_waiting');
    const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);
    expect(kinds(play.fact('wake', {}).effects)).toContain('stop-work');
    expect(play.place).toBe('review#1 stopping');
  });
});
