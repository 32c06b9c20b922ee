import { expect, test } from 'vitest';
import { createSlots } from '../../src/queues/slots.ts';

test('ORCH_GATE_CONCURRENCY: one limit over two queues; whoever waits gets the next free slot, in order', async () => {
  const slots = createSlots(2);
  const first = await slots.take(0);
  const second = await slots.take(0);
  expect([typeof first, typeof second]).toEqual(['function', 'function']);
  const third = slots.take(10_000);
  const fourth = slots.take(10_000);
  first?.();
  const thirdSlot = await third;
  expect(typeof thirdSlot).toBe('function');
  second?.();
  thirdSlot?.();
  expect(typeof (await fourth)).toBe('function');
  expect(typeof (await slots.take(0))).toBe('function');
});

test('a job that gets no slot in time is left to another host, and takes none later', async () => {
  const slots = createSlots(1);
  const only = await slots.take(0);
  expect(await slots.take(5)).toBeNull();
  only?.();
  const again = await slots.take(0);
  expect(typeof again).toBe('function');
  expect(await slots.take(5)).toBeNull();
});
