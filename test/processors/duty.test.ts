import { expect, test } from 'vitest';
import { duty } from '../../src/processors/duty.ts';

test('a round that finds the one before it at work leaves it alone; after that one the next works again (REC-10)', async () => {
  const begun: (() => void)[] = [];
  const work = duty(() => new Promise((resolve) => void begun.push(resolve)));
  const first = work();
  expect(await work()).toBeNull();
  expect(begun).toHaveLength(1);
  begun[0]?.();
  await first;
  void work();
  expect(begun).toHaveLength(2);
});

test('a round that fails does not stop the next ones', async () => {
  let rounds = 0;
  const work = duty(async () => {
    rounds += 1;
    throw new Error('away');
  });
  await expect(work()).rejects.toThrow('away');
  await expect(work()).rejects.toThrow('away');
  expect(rounds).toBe(2);
});
