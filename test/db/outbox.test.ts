import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/pipeline/effects.ts';
import { started, storeOf } from './store.ts';

describe('outbox (REC-30)', () => {
  it('keeps the order: job, status, comment, card, ping (PIPE-3)', () => {
    const house = storeOf();
    started(house, 1);
    const kinds = house.outbox.due(9_000, 99).map(({ kind }) => kind);
    expect(kinds.indexOf('run-stage')).toBe(0);
    expect(kinds.indexOf('refresh-card')).toBeGreaterThan(kinds.indexOf('post-comment'));
  });

  it('takes the same key once, retries what failed and lists what is stuck (REC-32)', () => {
    const { outbox } = storeOf();
    const payload: Effect = { kind: 'refresh-card' };
    for (const at of [1, 2]) outbox.add({ task: 1, key: 'card:1:1', payload, at });
    const [row] = outbox.due(10, 10);
    expect(outbox.due(10, 10)).toHaveLength(1);
    for (let n = 0; n < 10; n += 1) outbox.failed(row?.id ?? 0, 'down', 1_000);
    expect([outbox.due(999, 9).length, outbox.due(1_000, 9)[0]?.attempts]).toEqual([0, 10]);
    expect(outbox.stats(61_001)).toMatchObject({ pending: 1, oldestS: 61, stuck: [{ error: 'down' }] });
    outbox.sent([row?.id ?? 0], 2_000);
    expect([outbox.stats(3_000).pending, outbox.prune(2_000)]).toEqual([0, 1]);
  });

  it('sends what was committed before the clock was set back, without waiting for that time to come again', () => {
    const { outbox } = storeOf();
    outbox.add({ task: 1, key: 'card:1:1', payload: { kind: 'refresh-card' }, at: 500_000 });
    expect(outbox.due(1_000, 9)).toHaveLength(1);
  });

  describe('tracker writes (TRK-4)', () => {
    const DAY_MS = 86_400_000;
    const write = (n: number): Effect => ({ kind: 'set-status', status: n % 2 ? 'in_progress' : 'review' });
    function writes(count: number) {
      const { outbox } = storeOf();
      const due = (now: number) => outbox.due(now, 99).map(({ dedupKey }) => dedupKey);
      const send = (now: number) => {
        const rows = outbox.due(now, 99);
        outbox.sent(
          rows.map(({ id }) => id),
          now,
        );
        return rows.map(({ dedupKey }) => dedupKey);
      };
      for (let n = 1; n <= count; n += 1) outbox.add({ task: 1, key: `w${n}`, payload: write(n), at: n });
      return { outbox, due, send };
    }

    it('are due one by one, each when the one before it has ended', () => {
      const { outbox, due, send } = writes(3);
      outbox.add({ task: 1, key: 'card', payload: { kind: 'refresh-card' }, at: 9 });
      outbox.add({ task: 2, key: 'other', payload: write(1), at: 9 });
      expect(send(10)).toEqual(['w1', 'card', 'other']);
      expect(due(10)).toEqual([]);
      outbox.done('w1', 11);
      expect(send(11)).toEqual(['w2']);
      // Told twice: the second one is still under way.
      outbox.done('w1', 12);
      expect(due(12)).toEqual([]);
      outbox.done('w2', 13);
      expect(send(13)).toEqual(['w3']);
    });

    it('wait a day at most for one whose job was lost', () => {
      const { outbox, due, send } = writes(2);
      expect(send(10)).toEqual(['w1']);
      expect([due(DAY_MS), due(DAY_MS + 2)]).toEqual([[], ['w2']]);
      outbox.add({ task: 1, key: 'w3', payload: write(3), at: DAY_MS + 1 });
      expect(send(DAY_MS + 5)).toEqual(['w2']);
      outbox.done('w2', DAY_MS + 6);
      expect(due(DAY_MS + 6)).toEqual(['w3']);
    });

    it('keep their turn when the clock is set back', () => {
      const { outbox, due, send } = writes(0);
      for (const n of [1, 2]) outbox.add({ task: 1, key: `w${n}`, payload: write(n), at: 500_000 + n });
      expect(send(1_000)).toEqual(['w1']);
      expect(due(1_000)).toEqual([]);
      outbox.done('w1', 1_001);
      expect(due(1_001)).toEqual(['w2']);
    });
  });
});
