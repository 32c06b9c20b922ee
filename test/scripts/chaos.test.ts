import { describe, expect, test } from 'vitest';
import { chaosOrder } from '../../scripts/test/chaos.ts';
import { createAims } from '../chaos/aims.ts';
import { AIMS } from '../chaos/fault.ts';
import { formOf } from '../chaos/form.ts';
import { KINDS } from '../chaos/kinds/index.ts';
import { ordersOf } from '../chaos/orders.ts';
import { planOf } from '../chaos/plan.ts';

describe('the plan of the chaos lane', () => {
  const plan = (seed: number, faults: number) =>
    planOf({ seed, faults, stormMs: 60_000 }, KINDS).map(({ kind, atMs }) => `${atMs} ${kind.name}`);

  test('is the same for the same seed, and another for another', () => {
    expect(plan(7, 300)).toEqual(plan(7, 300));
    expect(plan(7, 300)).not.toEqual(plan(8, 300));
    expect(ordersOf(7, 40)).toEqual(ordersOf(7, 40));
  });

  test('sees every kind of fault, in the short form too', () => {
    const { faults } = formOf({});
    expect(faults).toBeGreaterThanOrEqual(KINDS.length);
    for (const { name } of KINDS)
      expect(
        plan(1, faults).some((line) => line.includes(name)),
        name,
      ).toBe(true);
  });

  test('a kind of fault waits for the boundaries it has not met, and begins anew when it has met all', () => {
    const [kind] = KINDS.filter(({ aims }) => aims === AIMS);
    if (kind === undefined) throw new Error('nothing is aimed');
    const aims = createAims();
    const order = [...AIMS].reverse();
    for (const [n, aim] of order.entries()) {
      expect([...aims.wanted(kind)].sort()).toEqual([...order.slice(n)].sort());
      aims.met(kind, aim);
    }
    expect([...aims.wanted(kind)]).toEqual([...AIMS]);
  });

  test('is ordered by --seed and --faults; everything else is left to the other lanes', () => {
    const { rest, env } = chaosOrder(['chaos', '--seed', '7', '--faults', '300', '--json']);
    expect(rest).toEqual(['chaos', '--json']);
    expect(formOf(env)).toMatchObject({ seed: 7, faults: 300, tasks: 40, budgetMs: 580_000 });
    expect(formOf({})).toMatchObject({ seed: 1, tasks: 6 });
  });
});
