import { expect, test } from 'vitest';
import { createCardRequests } from '../../../src/app/surfaces/card-requests.ts';

/** Which of these rows of one task need a job, all asked for at the same time. */
const asked = (requests: ReturnType<typeof createCardRequests>, rows: readonly number[], at = 0) =>
  rows.map((row) => requests.needsJob(7, row, at));

test('PUB-1 while a job waits to draw a card, further requests need none', () => {
  const requests = createCardRequests();
  expect(asked(requests, [1, 2, 3])).toEqual([true, false, false]);
  expect(requests.needsJob(8, 4, 0)).toBe(true);
});

test('what is asked for once the job has begun needs another one', () => {
  const requests = createCardRequests();
  asked(requests, [1]);
  requests.began(7);
  expect(asked(requests, [2, 3])).toEqual([true, false]);
});

test('REC-41 a row that is sent again needs a job: Redis may have lost the one that covered it', () => {
  const requests = createCardRequests();
  asked(requests, [1, 2, 3]);
  expect(asked(requests, [1, 2, 3])).toEqual([true, true, true]);
  expect(asked(requests, [4])).toEqual([false]);
});

test('a job that nobody has seen begin for a minute covers nothing any more', () => {
  const requests = createCardRequests();
  asked(requests, [1]);
  expect(asked(requests, [2], 59_999)).toEqual([false]);
  expect(asked(requests, [3, 4], 60_000)).toEqual([true, false]);
});
