import type { Part } from '../../core/part.ts';
import { percentile } from '../../core/stats.ts';
import type { ReactionRound } from './round.ts';

/** Part 2: how soon the system does something about what it hears. */
export const reaction: Part = {
  name: 'reaction',
  title: 'Reaction: signed webhook → agent process, tap → card edited',
  budgets: [
    { figure: 'p99Ms1', limit: { atMost: 150 }, kind: 'goal' },
    { figure: 'p99Ms500', limit: { atMost: 150 }, kind: 'goal' },
    { figure: 'ratio', limit: { atMost: 1.5 }, kind: 'goal' },
  ],
  async run({ measure, scaled }) {
    const samples = scaled(40, 2);
    const one = await measure<ReactionRound>('reaction.round', { live: 1, samples });
    const many = scaled(500, 2);
    const full = await measure<ReactionRound>('reaction.round', { live: many, samples });
    const worst = ({ webhookMs, tapMs }: ReactionRound, p: number) =>
      Math.max(percentile(webhookMs, p), percentile(tapMs, p));
    const row = (what: string, key: keyof ReactionRound) => ({
      what,
      value: percentile(one[key], 99),
      unit: 'ms p99, 1 live task',
      beside: `p50 ${percentile(one[key], 50).toFixed(0)}; with ${many}: p50 ${percentile(full[key], 50).toFixed(0)}, p99 ${percentile(full[key], 99).toFixed(0)} ms`,
    });
    // The medians are compared: of so few samples the highest is chance.
    const ratio = worst(full, 50) / worst(one, 50);
    return {
      figures: { p99Ms1: worst(one, 99), p99Ms500: worst(full, 99) },
      checked: { ratio },
      rows: [
        row('webhook → agent process spawned', 'webhookMs'),
        row('tap → card edited', 'tapMs'),
        { what: `ratio ${many} : 1, of medians`, value: ratio, beside: 'goal < 1.5' },
      ],
      notes: [
        'the worktree is not prepared here: git takes as long as the repository wants',
        'card calls of one chat are not spaced here and a tap meets a free line, so that the system is measured and not its patience',
      ],
    };
  },
};
