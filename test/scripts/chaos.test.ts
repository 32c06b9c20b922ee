import { describe, expect, test } from 'vitest';
import { chaosOrder } from '../../scripts/test/chaos.ts';
import { AIMS } from '../chaos/fault.ts';
import { formOf } from '../chaos/form.ts';
import { KINDS } from '../chaos/kinds.ts';
import { ordersOf } from '../chaos/orders.ts';
import { planOf } from '../chaos/plan.ts';

describe('the plan of the chaos lane', () => {
  const plan = (seed: number, faults: number) =>
    planOf({ seed, faults, stormMs: 60_000 }, KINDS).map(
      ({ kind, aim, atMs }) => `${atMs} ${kind.name} ${aim}`,
    );

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

  test('of 300 faults aims each killing at every stage boundary that comes often enough', () => {
    const lines = plan(7, 300);
    for (const kind of KINDS.filter(({ aimed, weight }) => aimed && weight >= 8))
      for (const aim of AIMS)
        expect(
          lines.some((line) => line.endsWith(`${kind.name} ${aim}`)),
          `${kind.name} ${aim}`,
        ).toBe(true);
  });

  test('is ordered by --seed and --faults; everything else is left to the other lanes', () => {
    const { rest, env } = chaosOrder(['chaos', '--seed', '7', '--faults', '300', '--json']);
    expect(rest).toEqual(['chaos', '--json']);
    expect(formOf(env)).toMatchObject({ seed: 7, faults: 300, tasks: 42, budgetMs: 570_000 });
    expect(formOf({})).toMatchObject({ seed: 1, tasks: 6 });
  });
});
