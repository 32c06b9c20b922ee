import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import { createDispatcher, type Sendable } from '../../src/queues/dispatcher.ts';
import { until } from '../support/until.ts';

const row = (id: number, task: number): Sendable => ({ id, task, kind: 'refresh-card', attempts: 0 });

/** A dispatcher over rows in memory; `send` of a row is held until it is let go. */
function dispatching(rows: Sendable[], failing: ReadonlySet<number> = new Set()) {
  const left = new Map(rows.map((one) => [one.id, one]));
  const begun: number[] = [];
  const marks: number[][] = [];
  const failed: number[] = [];
  const gates = new Map<number, () => void>();
  const dispatcher = createDispatcher<Sendable>({
    due: () => [...left.values()].filter(({ id }) => !failed.includes(id)),
    send: async ({ id }) => {
      begun.push(id);
      await new Promise<void>((resolve) => gates.set(id, resolve));
      if (failing.has(id)) throw new Error('redis is away');
    },
    sent: (ids) => {
      marks.push([...ids]);
      for (const id of ids) left.delete(id);
    },
    failed: (id) => failed.push(id),
    stuck: () => undefined,
    now: () => 0,
    log: silentLogger(),
    intervalMs: 3_600_000,
  });
  onTestFinished(() => dispatcher.stop(1000));
  const letGo = async (id: number) => {
    await until(() => gates.has(id), { what: `row ${id} is sent`, everyMs: 1 });
    gates.get(id)?.();
  };
  return { dispatcher, begun, marks, failed, letGo };
}

it('sends the rows of one task in sequence, other tasks beside it, and marks a round at once (REC-30)', async () => {
  const { dispatcher, begun, marks, letGo } = dispatching([row(1, 1), row(2, 1), row(3, 2)]);
  dispatcher.start();
  await until(() => begun.length === 2, { what: 'both tasks begin', everyMs: 1 });
  expect(begun).toEqual([1, 3]);
  await letGo(3);
  await letGo(1);
  await letGo(2);
  await until(() => marks.length > 0, { what: 'the round is marked', everyMs: 1 });
  expect(marks).toEqual([[1, 2, 3]]);
});

it('a row that fails holds back its own task only (REC-32)', async () => {
  const { dispatcher, begun, marks, failed, letGo } = dispatching(
    [row(1, 1), row(2, 1), row(3, 2)],
    new Set([1]),
  );
  dispatcher.start();
  await letGo(1);
  await letGo(3);
  await until(() => marks.length > 0, { what: 'the round is marked', everyMs: 1 });
  expect({ failed, marks, begun }).toEqual({ failed: [1], marks: [[3]], begun: [1, 3] });
});

it('a nudge inside a transaction sends nothing before the transaction has ended', async () => {
  const { dispatcher, begun, letGo } = dispatching([row(1, 1)]);
  dispatcher.start();
  const duringTheTransaction = [...begun];
  await letGo(1);
  expect({ duringTheTransaction, begun }).toEqual({ duringTheTransaction: [], begun: [1] });
});
