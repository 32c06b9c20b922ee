import { describe, expect, it } from 'vitest';
import type { Bench } from '../../bench/core/part.ts';
import { PARTS } from '../../bench/parts/index.ts';
import { NINE } from '../../bench/parts/pipeline/nine.ts';
import { SUBJECTS } from '../../bench/subjects.ts';

/** Everything in this process, in the smallest form that still touches every line. */
const tiny: Bench = {
  size: { rounds: 1, scale: 0.001, peers: false, long: false },
  measure: async <T>(subject: string, options: object) => (await SUBJECTS[subject]?.(options as never)) as T,
  scaled: (count, least = 1) => Math.max(least, Math.round(count * 0.001)),
  say: () => undefined,
};

/** What `--json` is read for, by part. */
const FIGURES: Readonly<Record<string, readonly string[]>> = {
  pipeline: ['ratioFloor', 'ratioPeer', 'perTaskRedisCommands'],
  reaction: ['p99Ms1', 'p99Ms500'],
  intake: ['ratioFloor', 'ratioProbot'],
  growth: ['reconcile', 'queue', 'tasks', 'start'],
  memory: ['idleMb', 'soakGrowthMb'],
  cards: ['lastStatesArrived', 'of'],
  hosts: ['ratioTwo', 'ratioThree', 'perMinuteOne'],
};

it('has exactly the parts whose figures are read', () => {
  expect(PARTS.map((part) => part.name)).toEqual(Object.keys(FIGURES));
});

describe.each(PARTS.map((part) => [part.name, part] as const))('the part %s of the bench', (name, part) => {
  it('runs in a tiny form and finds every figure that is read and that has a budget', async () => {
    const { figures, checked, rows } = await part.run(tiny);
    expect(rows.length).toBeGreaterThan(0);
    expect(Object.keys(figures)).toEqual(FIGURES[name]);
    const all = { ...figures, ...checked };
    expect(Object.values(all).filter((value) => value !== null && !(value >= 0))).toEqual([]);
    for (const { figure } of part.budgets) expect(all).toHaveProperty(figure);
  }, 120_000);
});

it('carries the product through the nine durable steps its peers are asked for', async () => {
  expect(NINE).toHaveLength(9);
  const { perSecond } = await tiny.measure<{ perSecond: number }>('pipeline.nine', {
    ...{ tasks: 3, warmUp: 1, width: 2 },
  });
  expect(perSecond).toBeGreaterThan(0);
}, 120_000);
