import { expect, test } from 'vitest';
import { historyRows } from '../../src/cli/output/tasks.ts';

test('the history shows news once: repetitions are counted, duplicates left out', () => {
  const entry = (minute: number, event: string, more: object = {}) => ({
    at: `2026-01-02T03:0${minute}:00.000Z`,
    actor: null,
    event,
    accepted: true,
    text: 'a → b',
    ...more,
  });
  // Newest first, as the server sends it.
  const history = [
    entry(5, 'watch-result'),
    entry(4, 'watch-result'),
    entry(3, 'gate-result', { accepted: false, text: 'duplicate: Already recorded.' }),
    entry(2, 'approve', { accepted: false, actor: 'Ann', text: 'stale_attempt: Attempt 2.' }),
    entry(1, 'approve', { actor: 'Ann' }),
  ];
  expect(historyRows({ history } as never, 20)).toEqual([
    ['  2026-01-02 03:01', 'Ann', 'approve', 'a → b'],
    ['  2026-01-02 03:02', 'Ann', 'approve', 'refused: stale_attempt: Attempt 2.'],
    ['  2026-01-02 03:04', '', 'watch-result', 'a → b (2 times)'],
  ]);
  expect(historyRows({ history } as never, 1)).toHaveLength(1);
});
