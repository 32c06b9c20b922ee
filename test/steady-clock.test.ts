import { expect, it } from 'vitest';
import { createSteadyClock } from '../src/steady-clock.ts';

it('follows a clock that is set forward at once, and one that is set back without ever standing still', () => {
  let [wall, monotonic] = [1_000_000, 0];
  const now = createSteadyClock({ wall: () => wall, monotonic: () => monotonic });
  const pass = (ms: number, setBy = 0): number => {
    [wall, monotonic] = [wall + ms + setBy, monotonic + ms];
    return now() - 1_000_000;
  };
  expect([pass(1000), pass(1000, 90_000)]).toEqual([1000, 92_000]);
  expect([pass(1000, -90_000), pass(10_000), pass(60_000)]).toEqual([92_500, 97_500, 127_500]);
  // Met after twice the time it was ahead; then it is the wall clock again.
  expect([pass(200_000), pass(1000)]).toEqual([273_000, 274_000]);
});

it('never goes back and loses nothing between two looks within a millisecond', () => {
  let [wall, monotonic] = [5000, 0];
  const now = createSteadyClock({ wall: () => wall, monotonic: () => monotonic });
  const seen = Array.from({ length: 100 }, () => {
    [wall, monotonic] = [wall - 3, monotonic + 0.5];
    return now();
  });
  expect(seen.every((at, n) => n === 0 || at >= (seen[n - 1] ?? 0))).toBe(true);
  expect(seen.at(-1)).toBe(5025);
});
