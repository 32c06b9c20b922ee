import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { watchEventLoop } from '../../src/app/event-loop.ts';
import { createLogger } from '../../src/log.ts';
import { until } from '../support/until.ts';

const lines: { lateMs: number; msg: string }[] = [];
const log = createLogger({
  destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
});
let stop = () => {};
afterEach(() => stop());

const blockFor = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('REC-26 a stall of the event loop is logged with its length, an ordinary turn is not', async () => {
  watchEventLoop({ log, everyMs: 5, stalledMs: 1500 }, { add: (_, undo) => (stop = undo as () => void) });
  blockFor(20);
  await delay(20);
  expect(lines).toEqual([]);
  blockFor(2000);
  await until(() => lines.length > 0, { what: 'a line about the stall' });
  expect(lines).toEqual([expect.objectContaining({ msg: 'the event loop stood still' })]);
  expect(lines[0]?.lateMs).toBeGreaterThan(1500);
});
