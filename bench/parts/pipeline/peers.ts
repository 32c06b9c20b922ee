import type { Bench, Row } from '../../core/part.ts';
import { peersProblem, runPeer } from '../../core/peers.ts';
import { interleave, median, medianRatio, spread } from '../../core/stats.ts';
import { NINE } from './nine.ts';

interface Peer {
  what: string;
  script: string;
  /** Oldest Node it runs on. */
  node?: number;
  /** A durable workflow engine, which the goal speaks of; a queue is shown beside them. */
  engine: boolean;
}

const PEERS: readonly Peer[] = [
  { what: 'DBOS on PostgreSQL', script: 'dbos.mjs', engine: true },
  { what: 'Restate', script: 'restate.mjs', node: 22, engine: true },
  { what: 'BullMQ on PostgreSQL, a queue', script: 'bullmq-postgres.mjs', engine: false },
];

/** Workflows under way at the same time, on every side. */
const WIDTH = 20;

export interface PeerFindings {
  /** Product over the fastest engine of the same round, the middle of the rounds; null without an engine. */
  ratio: number | null;
  rows: readonly Row[];
  notes: readonly string[];
}

/** The same nine durable steps, as many at a time, carried by the product and by its peers in turns. */
export async function againstPeers({ size, measure, scaled }: Bench): Promise<PeerFindings> {
  const problem = peersProblem(size.peers);
  if (problem !== null) return { ratio: null, rows: [], notes: [problem] };
  const options = { tasks: scaled(40, 2), warmUp: scaled(20, 1), width: WIDTH };
  const args = [String(scaled(100, 5)), String(WIDTH), JSON.stringify(NINE)];
  const missing = new Map<Peer, string>();
  const carried = async (peer: Peer): Promise<number> => {
    if (missing.has(peer)) return Number.NaN;
    const { script, node } = peer;
    return runPeer<{ perSecond: number }>(script, args, node === undefined ? {} : { node }).then(
      ({ perSecond }) => perSecond,
      (error: Error) => {
        missing.set(peer, error.message);
        return Number.NaN;
      },
    );
  };
  const found = await interleave<string, number>(size.rounds, {
    product: async () => (await measure<{ perSecond: number }>('pipeline.nine', options)).perSecond,
    floor: async () => (await measure<{ perSecond: number }>('pipeline.nine-floor', options)).perSecond,
    ...Object.fromEntries(PEERS.map((peer) => [peer.script, () => carried(peer)])),
  });
  const product = found.product ?? [];
  const present = PEERS.filter((peer) => !missing.has(peer));
  const engines = present.filter(({ engine }) => engine).map(({ script }) => found[script] ?? []);
  const fastest = product.map((_, round) => Math.max(...engines.map((rates) => rates[round] ?? Number.NaN)));
  const toFastest = (rates: readonly number[]): number => medianRatio(rates, fastest);
  const ratio = engines.length === 0 ? null : toFastest(product);
  const floor = found.floor ?? [];
  return {
    ratio,
    rows: [
      rowOf('nine durable steps: product', product),
      rowOf('nine durable steps: BullMQ alone, the same flows', floor),
      ...present.map(({ what, script }) => rowOf(`nine durable steps: ${what}`, found[script] ?? [])),
      ...(ratio === null
        ? []
        : [
            { what: 'ratio product : fastest engine', value: ratio, beside: 'goal ≥ 3' },
            {
              what: 'ratio BullMQ alone : fastest engine',
              value: toFastest(floor),
              beside: 'the most that the same jobs can reach',
            },
          ]),
    ],
    notes: [
      `nine durable steps: ${NINE.join(', ')}; ${WIDTH} workflows under way at a time on every side`,
      ...[...missing].map(([{ what }, why]) => `${what} is not compared: ${why}`),
    ],
  };
}

const rowOf = (what: string, rates: readonly number[]): Row => ({
  what,
  value: median(rates),
  unit: 'workflows/s',
  beside: `rounds ±${Math.round(100 * spread(rates))} %`,
});
