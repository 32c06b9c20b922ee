import { describe, expect, it } from 'vitest';
import { readArguments } from '../../bench/core/arguments.ts';
import { type Budget, exitCodeOf, judge } from '../../bench/core/budgets.ts';
import { formatNumber, renderJson, renderMissed, renderTable } from '../../bench/core/report.ts';
import { interleave, median, medianRatio, percentile, spread } from '../../bench/core/stats.ts';

const PARTS = ['pipeline', 'intake'];

describe('statistics of the bench', () => {
  it('takes the middle round, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('takes percentiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0, 50, 99, 100].map((p) => percentile(hundred, p))).toEqual([1, 50, 99, 100]);
    expect(percentile([7], 99)).toBe(7);
  });

  it('says how far the rounds lie apart', () => {
    expect(spread([90, 100, 120])).toBeCloseTo(0.2);
  });

  it('compares rounds that ran next to each other', () => {
    expect(medianRatio([10, 40, 30], [20, 40, 10])).toBe(1);
  });

  it('runs every subject once per round, in turns', async () => {
    const order: string[] = [];
    const subject = (name: string) => async () => order.push(name);
    const results = await interleave(2, { a: subject('a'), b: subject('b') });
    expect(order).toEqual(['a', 'b', 'a', 'b']);
    expect(results).toEqual({ a: [1, 3], b: [2, 4] });
  });
});

describe('budgets of the bench', () => {
  const floor: Budget = { figure: 'ratio', limit: { atLeast: 0.5 }, kind: 'budget' };
  const goal: Budget = { figure: 'ratio', limit: { atLeast: 0.5 }, kind: 'goal' };
  const growth: Budget = { figure: 'growth', limit: { atMost: 1.3 }, kind: 'budget' };
  const all: Budget = { figure: 'arrived', limit: { equals: 'of' }, kind: 'budget' };
  const ended = (budgets: readonly Budget[], figures: Record<string, number | null>) =>
    exitCodeOf(judge('p', budgets, figures));

  it('ends with 1 when a budget is broken, and with 0 when only a goal is missed', () => {
    expect(ended([floor], { ratio: 0.6 })).toBe(0);
    expect(ended([floor], { ratio: 0.4 })).toBe(1);
    expect(ended([goal], { ratio: 0.4 })).toBe(0);
    expect(ended([growth], { growth: 1.4 })).toBe(1);
    expect(ended([growth], { growth: Number.NaN })).toBe(1);
    expect(ended([all], { arrived: 200, of: 200 })).toBe(0);
    expect(ended([all], { arrived: 199, of: 200 })).toBe(1);
  });

  it('judges no figure that could not be measured', () => {
    expect(ended([floor], { ratio: null })).toBe(0);
    expect(ended([floor], {})).toBe(0);
  });

  it('tells what is missed, with what was expected and found', () => {
    expect(renderMissed(judge('pipeline', [floor, goal], { ratio: 0.25 }))).toEqual([
      'BUDGET BROKEN  pipeline.ratio: expected at least 0.5, found 0.25',
      'goal missed  pipeline.ratio: expected at least 0.5, found 0.25',
    ]);
  });
});

describe('report of the bench', () => {
  it('aligns the table and keeps three digits that mean something', () => {
    const table = renderTable(
      { title: 'Intake' },
      {
        figures: {},
        rows: [
          { what: 'product', value: 4321.6, unit: '/s', beside: 'rounds ±3 %' },
          { what: 'ratio', value: 0.51234 },
        ],
        notes: ['no peer: not installed'],
      },
    );
    expect(table).toBe(
      ['Intake', '  product  4,322  /s  rounds ±3 %', '  ratio    0.512', '  · no peer: not installed'].join(
        '\n',
      ),
    );
    expect([0, 12, 123.4, 1.5, Number.NaN].map(formatNumber)).toEqual(['0', '12', '123', '1.5', '–']);
  });

  it('ends JSON with the figures of every part that ran', () => {
    const findings = { rows: [], figures: { ratioFloor: 0.333333, ratioPeer: null } };
    expect(JSON.parse(renderJson({ pipeline: findings }))).toEqual({
      pipeline: { ratioFloor: 0.3333, ratioPeer: null },
    });
  });
});

describe('command line of the bench', () => {
  it('runs every part unless some are named, always in their order', () => {
    expect(readArguments([], PARTS).parts).toEqual(PARTS);
    expect(readArguments(['intake', 'pipeline', '--json'], PARTS)).toMatchObject({
      parts: PARTS,
      json: true,
    });
    expect(readArguments(['intake', '--rounds', '5', '--scale', '0.1'], PARTS)).toMatchObject({
      parts: ['intake'],
      size: { rounds: 5, scale: 0.1, peers: false, long: false },
    });
  });

  it('names what it cannot use', () => {
    expect(() => readArguments(['speed'], PARTS)).toThrow(
      'Expected parts out of pipeline, intake; found speed.',
    );
    expect(() => readArguments(['--rounds', '0'], PARTS)).toThrow('--rounds');
    expect(() => readArguments(['--rounds', '1.5'], PARTS)).toThrow('whole number');
    expect(() => readArguments(['--scale', 'big'], PARTS)).toThrow('--scale');
  });
});
