import { expect, it } from 'vitest';
import { createClockWatch } from '../../../src/app/watch/clock-watch.ts';
import { silentLogger } from '../../../src/log.ts';

it('a clock that is set back renews the schedules once, and again only when Redis was away', async () => {
  let [shown, passed, renewed, away] = [1_000_000, 0, 0, true];
  const watch = createClockWatch({
    wall: () => shown,
    steady: () => passed,
    setBack: async () => {
      if (away) throw new Error('away');
      renewed += 1;
    },
    log: silentLogger(),
  });
  const pass = async (wallMs: number) => {
    [shown, passed] = [shown + wallMs, passed + 1000];
    await watch.look();
    return renewed;
  };
  expect([await pass(1000), await pass(1500), await pass(180_000)]).toEqual([0, 0, 0]);
  expect(await pass(-180_000)).toBe(0);
  away = false;
  expect([await pass(1000), await pass(1000)]).toEqual([1, 1]);
});
