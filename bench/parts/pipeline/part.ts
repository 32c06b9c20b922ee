import type { Part } from '../../core/part.ts';
import { interleave, median, medianRatio, spread } from '../../core/stats.ts';
import { againstPeers } from './peers.ts';
import type { PipelineRound } from './round.ts';

const perSecond = ({ tasks, seconds }: PipelineRound): number => tasks / seconds;

/** Part 1: what the product adds to the queue it stands on. */
export const pipeline: Part = {
  name: 'pipeline',
  title: 'Pipeline: tasks through all seven stages, no-op agents, instant gates',
  budgets: [
    { figure: 'ratioFloor', limit: { atLeast: 0.5 }, kind: 'goal' },
    { figure: 'ratioPeer', limit: { atLeast: 3 }, kind: 'goal' },
  ],
  async run(bench) {
    const { size, measure, scaled, say } = bench;
    const options = { tasks: scaled(100, 3), warmUp: scaled(20, 1), concurrency: 10 };
    say(`  ${options.tasks} tasks, ${size.rounds} rounds`);
    const { product, floor } = await interleave(size.rounds, {
      product: () => measure<PipelineRound>('pipeline.product', options),
      floor: () => measure<PipelineRound>('pipeline.floor', options),
    });
    const rates = { product: product.map(perSecond), floor: floor.map(perSecond) };
    const per = (rounds: readonly PipelineRound[], what: 'redisCommands' | 'transactions' | 'cpuS') =>
      median(rounds.map((round) => round[what] / round.tasks));
    const ratioFloor = medianRatio(rates.product, rates.floor);
    const peers = await againstPeers(bench);
    return {
      figures: {
        ratioFloor,
        ratioPeer: peers.ratio,
        perTaskRedisCommands: per(product, 'redisCommands'),
      },
      rows: [
        {
          what: 'product',
          value: median(rates.product),
          unit: 'tasks/s',
          beside: `rounds ±${Math.round(100 * spread(rates.product))} %`,
        },
        {
          what: 'floor: BullMQ alone, the same flows',
          value: median(rates.floor),
          unit: 'tasks/s',
          beside: `rounds ±${Math.round(100 * spread(rates.floor))} %`,
        },
        { what: 'ratio product : floor', value: ratioFloor, beside: 'goal ≥ 0.5' },
        {
          what: 'Redis commands',
          value: per(product, 'redisCommands'),
          unit: 'per task',
          beside: `floor ${Math.round(per(floor, 'redisCommands'))}`,
        },
        {
          what: 'SQLite transactions',
          value: per(product, 'transactions'),
          unit: 'per task',
          beside: 'floor 0',
        },
        {
          what: 'CPU of the process',
          value: per(product, 'cpuS') * 1000,
          unit: 'ms per task',
          beside: `floor ${(per(floor, 'cpuS') * 1000).toPrecision(3)}`,
        },
        ...peers.rows,
      ],
      notes: peers.notes,
    };
  },
};
