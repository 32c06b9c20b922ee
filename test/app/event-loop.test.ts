import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCleanup } from '../../src/app/cleanup.ts';
import { watchEventLoop } from '../../src/app/event-loop.ts';
import { createLogger } from '../../src/log.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

test('REC-26 a stall of the event loop above 5 s is logged with its length, ordinary turns are not', async () => {
  const lines: { lateMs: number; msg: string }[] = [];
  const log = createLogger({ destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  let now = 0;
  const cleanup = createCleanup(log);
  watchEventLoop({ log, clock: () => now }, cleanup);
  /** The next look comes this much later than the one before. */
  const lookAfter = (ms: number): void => {
    now += ms;
    vi.advanceTimersByTime(1000);
  };
  for (const ms of [1000, 1000, 6000, 1000]) lookAfter(ms);
  expect(lines).toEqual([]);
  lookAfter(6001);
  expect(lines).toEqual([expect.objectContaining({ lateMs: 5001, msg: 'the event loop stood still' })]);
  await cleanup.undo();
  lookAfter(60_000);
  expect(lines).toHaveLength(1);
});
