import { describe, expect, it } from 'vitest';
import type { Surroundings } from '../../src/pipeline/policy.ts';
import { reconcile } from '../../src/pipeline/reconcile.ts';
import { at, HOUR, MINUTE, Play } from './play.ts';

interface Seen {
  driven?: boolean;
  pending?: boolean;
  around?: Partial<Surroundings>;
  later?: number;
}

/** One tick over one task: the events it caused, or the guard that kept it silent. */
function tick({ task, policy, at: now }: Play, seen: Seen = {}): string {
  const { driven = false, pending = false, around = {}, later = 10 * MINUTE } = seen;
  const { events, counters } = reconcile({
    tasks: [task],
    sightOf: () => ({
      driven,
      pending,
      policy: { ...policy, around: { ...policy.around, ...around } },
    }),
    graceMs: () => 5 * MINUTE,
    now: now + later,
  });
  return events[0]?.name ?? Object.keys(counters.guards)[0] ?? '';
}

const parked = (around: Partial<Surroundings>) => new Play({ around }).command('start');

describe('one tick of the reconciler (REC-70, REC-71, REC-77)', () => {
  const cases: [string, () => Play, Seen, string][] = [
    ['a lost job is published again', () => at('review'), {}, 'wake'],
    ['a job that lives is left alone', () => at('review'), { driven: true }, 'live'],
    ['what is on its way is left alone', () => at('review'), { pending: true }, 'pending'],
    ['a young state is left alone', () => at('review'), { later: MINUTE }, 'grace'],
    ['a deploy without a job goes on', () => at('deploy').command('confirm-deploy'), {}, 'wake'],
    ['an approval is nobody’s but a person’s', () => at('analysis').settle(), {}, 'human'],
    ['a confirmation is never given', () => at('deploy'), {}, 'human'],
    [
      'what waits for CI is left to those who look at the forge',
      () => at('development').settle({ step: 'gate.ci_green', outcome: 'pending' }),
      { later: 1 },
      'driven',
    ],
    [
      'a deploy without a job goes on also while a stop waits for its end',
      () => at('deploy').command('confirm-deploy').command('stop'),
      {},
      'wake',
    ],
    ['a freeze that holds is silent', () => parked({ paused: { by: 'Ada', since: 1 } }), {}, 'held'],
    [
      'a pause that has gone lets go',
      () => parked({ paused: { by: 'Ada', since: 1 } }),
      { around: { paused: null } },
      'wake',
    ],
    [
      'a predecessor that ended lets go',
      () => parked({ dependsOn: [{ wid: 'SHOP-000', stage: 'review' }] }),
      { around: { dependsOn: [] } },
      'wake',
    ],
    ['a stop in progress is left alone', () => at('review').command('stop'), { later: MINUTE }, 'stopping'],
    ['a stop past its deadline is told', () => at('review').command('stop'), { later: HOUR }, 'timer'],
    ['an overdue timer is fired', () => at('development').agent({ class: 'crash' }), {}, 'timer'],
    ['a terminal task is skipped', () => at('deploy').command('confirm-deploy').settle(), {}, 'terminal'],
  ];
  it.each(cases)('%s', (_what, play, seen, expected) => {
    expect(tick(play(), seen)).toBe(expected);
  });

  it('inc-27 twenty ticks over an escalated task say nothing', () => {
    const play = at('development', { limits: { maxDeveloperRetries: 0 } });
    play.settle({ step: 'gate.ci_green', outcome: 'failed' });
    expect(play.place).toBe('development#1 blocked rework-exhausted');
    for (let n = 1; n <= 20; n += 1) expect(tick(play, { later: n * 2 * MINUTE })).toBe('human');
  });

  it('what it says is accepted by the machine, once', () => {
    const play = at('review');
    const { events } = reconcile({
      tasks: [play.task],
      sightOf: () => ({ policy: play.policy, driven: false, pending: false }),
      graceMs: () => 0,
      now: play.at + HOUR / 2,
    });
    const { generation } = play.task;
    for (const event of events) play.apply(event);
    expect([play.answer, play.task.generation]).toEqual(['review#1 working', generation + 1]);
  });
});
