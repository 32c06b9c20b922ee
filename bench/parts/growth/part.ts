import type { Part } from '../../core/part.ts';
import { formatNumber } from '../../core/report.ts';
import { median, medianRatio } from '../../core/stats.ts';
import { type Level, MEASURED } from './levels.ts';

const WORDS: Readonly<Record<(typeof MEASURED)[number], string>> = {
  reconcile: 'reconciler tick',
  queue: 'GET /queue',
  tasks: 'GET /tasks',
  card: 'view and card of a task',
  start: 'start after an ordered stop',
};
const BOUND = { atMost: 1.3 };

/** Part 4: cost follows the live tasks, not the history. */
export const growth: Part = {
  name: 'growth',
  title: 'Growth: 50 live tasks over a growing history',
  budgets: [
    { figure: 'reconcile', limit: BOUND, kind: 'goal' },
    { figure: 'queue', limit: BOUND, kind: 'goal' },
    { figure: 'tasks', limit: BOUND, kind: 'goal' },
    { figure: 'card', limit: BOUND, kind: 'goal' },
    { figure: 'start', limit: BOUND, kind: 'goal' },
  ],
  async run({ measure, scaled }) {
    const levels = [100, 1000, 10_000, 100_000].map((count) => scaled(count));
    const options = { levels: [...new Set(levels)], live: scaled(50, 2), repeats: scaled(60, 3) };
    const found = await measure<Level[]>('growth.levels', options);
    const large = found.at(-1);
    const base = found.at(-3) ?? found[0];
    const ratio = (what: (typeof MEASURED)[number]) =>
      large && base ? medianRatio(large[what], base[what]) : Number.NaN;
    return {
      figures: {
        reconcile: ratio('reconcile'),
        queue: ratio('queue'),
        tasks: ratio('tasks'),
        start: ratio('start'),
      },
      checked: { card: ratio('card') },
      rows: MEASURED.map((what) => ({
        what: WORDS[what],
        value: ratio(what),
        unit: `× at ${large?.history.toLocaleString('en-US')} : ${base?.history.toLocaleString('en-US')}`,
        beside: `${found.map((level) => formatNumber(Number(median(level[what]).toPrecision(2)))).join(', ')} ms`,
      })),
      notes: [
        `median ms at ${found.map(({ history }) => history.toLocaleString('en-US')).join(', ')} ended tasks; database ${found.map(({ dbMb }) => dbMb.toFixed(0)).join(', ')} MB`,
      ],
    };
  },
};
