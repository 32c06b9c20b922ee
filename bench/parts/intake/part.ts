import type { Part } from '../../core/part.ts';
import { peersProblem } from '../../core/peers.ts';
import { interleave, median, medianRatio, percentile, spread } from '../../core/stats.ts';
import type { IntakeRound, OverloadRound } from './round.ts';

/** Part 3: deliveries per second, each durable before its answer. */
export const intake: Part = {
  name: 'intake',
  title: 'Intake: signed deliveries of Plane and Gitea, 7 KB each, stored before the answer',
  budgets: [
    { figure: 'ratioFloor', limit: { atLeast: 0.5 }, kind: 'goal' },
    { figure: 'lost', limit: { atMost: 0 }, kind: 'budget' },
    { figure: 'toldWhenToRetry', limit: { equals: 'refused' }, kind: 'budget' },
    { figure: 'overloadGrowthMb', limit: { atMost: 320 }, kind: 'budget' },
  ],
  async run({ size, measure, scaled, say }) {
    const options = { deliveries: scaled(8000, 20), warmUp: scaled(2000, 4), connections: 20 };
    const problem = peersProblem(size.peers);
    const { product, floor, probot } = await interleave<string, IntakeRound>(size.rounds, {
      product: () => measure<IntakeRound>('intake.product', options),
      floor: () => measure<IntakeRound>('intake.floor', options),
      ...(problem === null ? { probot: () => measure<IntakeRound>('intake.probot', options) } : {}),
    });
    if (product === undefined || floor === undefined) throw new Error('nothing was measured');
    // Four times what may be under way at once.
    const overload = await measure<OverloadRound>('intake.overload', { deliveries: scaled(256, 2) });
    const rates = (rounds: readonly IntakeRound[]) => rounds.map(({ perSecond }) => perSecond);
    const p99 = (rounds: readonly IntakeRound[]) =>
      median(rounds.map(({ tookMs }) => percentile(tookMs, 99)));
    const lost = Math.max(
      ...product.map(({ stored }) => options.deliveries + options.warmUp - (stored ?? 0)),
      overload.accepted - overload.stored,
    );
    const ratioFloor = medianRatio(rates(product), rates(floor));
    const ratioProbot = probot ? medianRatio(rates(product), rates(probot)) : null;
    say(`  answers: ${JSON.stringify(product.map(({ statuses }) => statuses))}`);
    return {
      figures: { ratioFloor, ratioProbot },
      checked: {
        lost,
        refused: overload.refused,
        toldWhenToRetry: overload.refusedWithRetryAfter,
        overloadGrowthMb: overload.growthMb,
      },
      rows: [
        {
          what: 'product',
          value: median(rates(product)),
          unit: 'deliveries/s',
          beside: `p99 ${p99(product).toFixed(1)} ms, rounds ±${Math.round(100 * spread(rates(product)))} %`,
        },
        {
          what: 'floor: Koa, raw body, HMAC',
          value: median(rates(floor)),
          unit: 'deliveries/s',
          beside: `p99 ${p99(floor).toFixed(1)} ms`,
        },
        { what: 'ratio product : floor', value: ratioFloor, beside: 'goal ≥ 0.5' },
        ...(probot
          ? [
              {
                what: 'peer: Probot, which keeps nothing',
                value: median(rates(probot)),
                unit: 'deliveries/s',
                beside: `p99 ${p99(probot).toFixed(1)} ms, ratio ${ratioProbot?.toPrecision(2)}`,
              },
            ]
          : []),
        { what: 'answered and not in the inbox', value: lost, beside: 'none may be' },
        {
          what: `overload: ${overload.offeredMb} deliveries of 1 MB at once`,
          value: overload.refused,
          unit: '× 503',
          beside: `${overload.refusedWithRetryAfter} with Retry-After; ${overload.stored} stored after ${overload.rounds} rounds, +${overload.growthMb.toFixed(0)} MB at most`,
        },
      ],
      notes: problem === null ? [] : [problem],
    };
  },
};
