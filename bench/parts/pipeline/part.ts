import type { Part, Row } from '../../core/part.ts';
import { peersProblem, runPeer } from '../../core/peers.ts';
import { interleave, median, medianRatio, spread } from '../../core/stats.ts';
import { STAGES } from '../../floors/flows.ts';
import type { PipelineRound } from './round.ts';

const perSecond = ({ tasks, seconds }: PipelineRound): number => tasks / seconds;

/** Jobs of one task whose outcome is kept before the next one starts; the floor has the same. */
const STEPS = STAGES.reduce((sum, steps) => sum + steps.length + 1, 0);
const RESTATE = 'Restate is not compared: its SDK needs Node 22';

/** As many steps as the product carries out, in workflows of nine. */
async function dbosRound(tasks: number): Promise<PipelineRound> {
  const workflows = Math.ceil((tasks * STEPS) / 9);
  const { perSecond } = await runPeer<{ perSecond: number }>('dbos.mjs', [String(workflows), '20']);
  return { tasks: workflows, seconds: workflows / perSecond, redisCommands: 0, transactions: 0, cpuS: 0 };
}

function peerRow(
  product: readonly PipelineRound[],
  dbos: readonly PipelineRound[],
): { ratio: number; rows: Row[] } {
  const own = product.map((round) => perSecond(round) * STEPS);
  const peers = dbos.map((round) => perSecond(round) * 9);
  const ratio = medianRatio(own, peers);
  return {
    ratio,
    rows: [
      { what: 'durable steps, product', value: median(own), unit: 'steps/s', beside: `${STEPS} per task` },
      { what: 'peer: DBOS on PostgreSQL', value: median(peers), unit: 'steps/s', beside: '9 per workflow' },
      { what: 'ratio product : DBOS', value: ratio, beside: 'goal ≥ 3' },
    ],
  };
}

/** Part 1: what the product adds to the queue it stands on. */
export const pipeline: Part = {
  name: 'pipeline',
  title: 'Pipeline: tasks through all seven stages, no-op agents, instant gates',
  budgets: [
    { figure: 'ratioFloor', limit: { atLeast: 0.5 }, kind: 'goal' },
    { figure: 'ratioPeer', limit: { atLeast: 3 }, kind: 'goal' },
  ],
  async run({ size, measure, scaled, say }) {
    const options = { tasks: scaled(200, 3), warmUp: scaled(40, 1), concurrency: 10 };
    const subjects = {
      product: () => measure<PipelineRound>('pipeline.product', options),
      floor: () => measure<PipelineRound>('pipeline.floor', options),
    };
    say(`  ${options.tasks} tasks, ${size.rounds} rounds`);
    const problem = peersProblem(size.peers);
    const { product, floor, dbos } = await interleave<string, PipelineRound>(size.rounds, {
      ...subjects,
      ...(problem === null ? { dbos: () => dbosRound(options.tasks) } : {}),
    });
    if (product === undefined || floor === undefined) throw new Error('nothing was measured');
    const rates = { product: product.map(perSecond), floor: floor.map(perSecond) };
    const per = (rounds: readonly PipelineRound[], what: 'redisCommands' | 'transactions' | 'cpuS') =>
      median(rounds.map((round) => round[what] / round.tasks));
    const ratioFloor = medianRatio(rates.product, rates.floor);
    const peer = dbos ? peerRow(product, dbos) : null;
    return {
      figures: {
        ratioFloor,
        ratioPeer: peer?.ratio ?? null,
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
        ...(peer ? peer.rows : []),
      ],
      notes: [...(problem === null ? [RESTATE] : [problem])],
    };
  },
};
