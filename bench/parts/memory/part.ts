import type { Part } from '../../core/part.ts';
import type { FloodResult } from './flood.ts';

interface Soak {
  growthMb: number;
  tasks: number;
  heapMb: number;
}

const SHORT_SOAK_S = 40;
const LONG_SOAK_S = 1800;

/** Part 5: what the control process holds on to. */
export const memory: Part = {
  name: 'memory',
  title: 'Memory of the control process',
  budgets: [
    { figure: 'idleMb', limit: { atMost: 150 }, kind: 'goal' },
    { figure: 'soakGrowthMb', limit: { atMost: 20 }, kind: 'budget' },
  ],
  async run({ size, measure, scaled }) {
    const settleS = scaled(8, 0);
    const idle = await measure<{ mb: number }>('memory.rest', { live: 0, settleS });
    const live = scaled(500, 2);
    const loaded = await measure<{ mb: number }>('memory.rest', { live, settleS });
    const flood = await measure<FloodResult>('memory.flood', {
      linesPerSecond: 10_000,
      seconds: scaled(5, 1),
    });
    const seconds = size.long ? LONG_SOAK_S : scaled(SHORT_SOAK_S, 0);
    const soak = await measure<Soak>('memory.soak', { seconds, width: scaled(20, 2) }, seconds);
    return {
      figures: { idleMb: idle.mb, soakGrowthMb: soak.growthMb },
      rows: [
        { what: 'idle, `orchestrator start`', value: idle.mb, unit: 'MB', beside: 'goal < 150' },
        { what: `with ${live} live tasks`, value: loaded.mb, unit: 'MB' },
        {
          what: 'an agent that writes 10,000 lines/s',
          value: flood.linesPerSecond,
          unit: 'lines/s',
          beside: `${flood.class}; +${flood.growthMb.toFixed(0)} MB, longest stall ${flood.stallMs.toFixed(0)} ms`,
        },
        {
          what: `growth of the heap in ${seconds} s of work`,
          value: soak.growthMb,
          unit: 'MB',
          beside: `${soak.tasks} tasks, heap ${soak.heapMb.toFixed(0)} MB at the end`,
        },
      ],
      notes: ['resident memory is read from /proc, so only on Linux'],
    };
  },
};
