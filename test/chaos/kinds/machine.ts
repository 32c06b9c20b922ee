import type { FaultKind } from '../fault.ts';

const S = 1000;

export const DISKS: readonly FaultKind[] = (['runs', 'db'] as const).map((name) => ({
  name: `disk full under the ${{ runs: 'run logs', db: 'database' }[name]}`,
  how: 'its volume is filled to the last byte',
  heals: 'freed after 3 s',
  weight: 3,
  resource: 'disk',
  aims: [],
  holdMs: 3 * S,
  boundMs: null,
  possible: ({ disks }) => disks[name].mounted,
  async inject({ house: { disks } }) {
    disks[name].fill();
    return { what: disks[name].dir.split('/').at(-1) ?? '', heal: () => disks[name].free() };
  },
}));

const clock = (minutes: number): FaultKind => ({
  name: `clock ${minutes > 0 ? 'ahead' : 'back'}`,
  how: `the wall clock of one process jumps by ${minutes} min`,
  heals: 'jumps back after 5 s',
  weight: 2,
  resource: 'clock',
  aims: [],
  holdMs: 5 * S,
  boundMs: null,
  async inject({ house, random }) {
    const program = random.pick([house.control, house.control, ...house.workers]);
    program.shiftClock(minutes * 60 * S);
    return { what: program.name, heal: () => program.shiftClock(0) };
  },
});

export const CLOCKS: readonly FaultKind[] = [clock(0.5), clock(-0.5)];
