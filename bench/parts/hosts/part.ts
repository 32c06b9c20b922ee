import type { Part } from '../../core/part.ts';
import { interleave, median, medianRatio, spread } from '../../core/stats.ts';
import type { HostsRound } from './round.ts';

const perMinute = ({ tasks, seconds }: HostsRound): number => (60 * tasks) / seconds;

/** What more hosts bring (REC-180): one control process, the runs and checks elsewhere. */
export const hosts: Part = {
  name: 'hosts',
  title:
    'Hosts: tasks through all seven stages, runs and checks on worker hosts, 1 s each, two at a time per host',
  // Against itself with fewer hosts: what a host adds, not how fast this machine is.
  budgets: [{ figure: 'ratioThree', limit: { atLeast: 2 }, kind: 'goal' }],
  async run({ size, measure, scaled, say }) {
    const options = { tasks: scaled(24, 2), stepMs: scaled(1000, 20), atOnce: 2 };
    say(`  ${options.tasks} tasks, ${size.rounds} rounds`);
    const round = (count: number) => () => measure<HostsRound>('hosts.round', { ...options, hosts: count });
    const found = await interleave<string, HostsRound>(size.rounds, {
      one: round(1),
      two: round(2),
      three: round(3),
    });
    const rates = (name: string): number[] => (found[name] ?? []).map(perMinute);
    const [one, two, three] = ['one', 'two', 'three'].map(rates) as [number[], number[], number[]];
    const row = (what: string, values: number[]) => ({
      what,
      value: median(values),
      unit: 'tasks/min',
      beside: `rounds ±${Math.round(100 * spread(values))} %`,
    });
    const [ratioTwo, ratioThree] = [medianRatio(two, one), medianRatio(three, one)];
    return {
      figures: { ratioTwo, ratioThree, perMinuteOne: median(one) },
      rows: [
        row('one host', one),
        row('two hosts', two),
        row('three hosts', three),
        { what: 'two against one', value: ratioTwo },
        { what: 'three against one', value: ratioThree, beside: 'goal ≥ 2' },
      ],
    };
  },
};
