import { expect, test } from 'vitest';
import { formatDuration, formatSpent, formatTokens } from '../../../src/tracker/comments/format.ts';

test.each([
  [0, '0s'],
  [59, '59s'],
  [60, '1m 00s'],
  [252, '4m 12s'],
  [3599, '59m 59s'],
  [3600, '1h 00m'],
  [3780, '1h 03m'],
  [10_020, '2h 47m'],
])('PLANE-49 %i seconds read %s', (seconds, shown) => {
  expect(formatDuration(seconds * 1000 + 999)).toBe(shown);
});

test.each([[-1], [Number.NaN], [null], [undefined], ['12'], [Number.POSITIVE_INFINITY]])(
  'PLANE-49 the duration %s drops its line',
  (value) => {
    expect(formatDuration(value)).toBeNull();
  },
);

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1.0k'],
  [12_345, '12.3k'],
  [999_949, '999.9k'],
  [999_950, '1.0M'],
  [1_000_000, '1.0M'],
  [2_550_000, '2.5M'],
])('PLANE-49 %i tokens read %s', (count, shown) => {
  expect(formatTokens(count)).toBe(shown);
});

test('PLANE-50 without usage, or with zeros only, the tail is dropped', () => {
  const zero = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0, costUsd: 0 };
  expect(formatSpent(null)).toBeNull();
  expect(formatSpent(zero)).toBeNull();
  expect(formatSpent({ ...zero, inputTokens: 12, costUsd: 0.005 })).toBe('12 in / 0 out · $0.01');
});
