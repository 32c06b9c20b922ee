import { describe, expect, it } from 'vitest';
import type { Bench } from '../../bench/core/part.ts';
import { PARTS } from '../../bench/parts/index.ts';
import { SUBJECTS } from '../../bench/subjects.ts';

/** Everything in this process, in the smallest form that still touches every line. */
const tiny: Bench = {
  size: { rounds: 1, scale: 0.001, peers: false, long: false },
  measure: async <T>(subject: string, options: object) => (await SUBJECTS[subject]?.(options as never)) as T,
  scaled: (count, least = 1) => Math.max(least, Math.round(count * 0.001)),
  say: () => undefined,
};

describe.each(PARTS.map((part) => [part.name, part] as const))('the part %s of the bench', (_, part) => {
  it('runs in a tiny form and finds every figure it has a budget for', async () => {
    const { figures, rows } = await part.run(tiny);
    expect(rows.length).toBeGreaterThan(0);
    expect(Object.values(figures).filter((value) => value !== null && !(value >= 0))).toEqual([]);
    for (const { figure } of part.budgets) expect(figures).toHaveProperty(figure);
  }, 120_000);
});
