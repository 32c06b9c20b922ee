import { describe, expect, it } from 'vitest';
import { GATE_GUARDS, guardAfter, guardBefore } from '../../src/pipeline/gate-side.ts';
import type { Surroundings } from '../../src/pipeline/policy.ts';
import { at, HOUR, MINUTE, Play } from './play.ts';

interface Seen {
  driven?: boolean;
  around?: Partial<Surroundings>;
  later?: number;
}

/** The guard that keeps the reconciler silent about this task; null where its gate would be read. */
function guard(
  { task, policy, at: now }: Play,
  { driven = false, around = {}, later = 20 * MINUTE }: Seen = {},
) {
  const sight = {
    policy: { ...policy, around: { ...policy.around, ...around } },
    ...{ driven, graceMs: 10 * MINUTE, now: now + later },
  };
  return guardBefore(task, sight) ?? guardAfter(task, sight);
}

const waitsForCi = () => at('development').settle({ step: 'gate.ci_green', outcome: 'pending' });

describe('Reconciler: one test per guard proving silence', () => {
  const cases: [string, () => Play, Seen][] = [
    ['terminal', () => at('deploy').command('confirm-deploy').settle(), {}],
    ['stopping', () => at('review').command('stop'), {}],
    ['human_gate', () => at('analysis').settle(), {}],
    ['no_gate', () => new Play(), {}],
    ['live_job', waitsForCi, { driven: true }],
    ['grace', waitsForCi, { later: 9 * MINUTE }],
    ['dependency', waitsForCi, { around: { dependsOn: [{ wid: 'SHOP-000', stage: 'review' }] } }],
    [
      'parked',
      () => at('deploy-staging').settle({ step: 'gate.branch_mergeable', outcome: 'pending' }),
      { later: 20 * MINUTE },
    ],
  ];

  it.each(cases)('%s', (name, play, seen) => {
    expect(guard(play(), seen)).toBe(name);
  });

  it('escalated: the rework budget is used, or a person is waited for', () => {
    const spent = at('development', { limits: { maxDeveloperRetries: 1 } });
    spent.settle({ step: 'gate.ci_green', outcome: 'failed' });
    spent.settle({ step: 'gate.ci_green', outcome: 'pending' });
    expect([spent.place, guard(spent)]).toEqual(['development#2 ci', 'escalated']);
    const blocked = at('development', { limits: { maxDeveloperRetries: 0 } });
    blocked.settle({ step: 'gate.ci_green', outcome: 'failed' });
    expect(guard(blocked)).toBe('escalated');
  });

  it('unconfirmed: nothing is evaluated at deploy without an accepted confirmation', () => {
    const play = at('deploy');
    const sight = { policy: play.policy, driven: false, graceMs: 0, now: play.at + HOUR };
    expect(guardAfter(play.task, sight)).toBe('unconfirmed');
  });

  it('stopping covers a stop that waits for the critical window', () => {
    const play = at('deploy').command('confirm-deploy').command('stop');
    expect([play.task.activity.kind, guard(play)]).toEqual(['deploying', 'stopping']);
  });

  it('a task parked on CI after its grace is the one whose gate is read', () => {
    expect(guard(waitsForCi())).toBeNull();
  });

  it('are asked in the order of REC-71', () => {
    expect(GATE_GUARDS.map(({ name }) => name)).toEqual([
      ...['terminal', 'stopping', 'human_gate', 'no_gate', 'live_job', 'grace', 'dependency', 'parked'],
      ...['escalated', 'tracker', 'unconfirmed'],
    ]);
    // Of two that hold, the first one answers.
    const stopped = at('review').command('stop');
    expect(guard(stopped, { driven: true, later: 1 })).toBe('stopping');
  });
});
