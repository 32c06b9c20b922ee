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

it('a row that failed ten times alerts once, goes on being tried every 10 min and holds nobody up (REC-32)', async () => {
  const stuck = { ...row(1, 1), attempts: 0 };
  const other = row(2, 2);
  const at = { now: 0, due: 0 };
  const told: string[] = [];
  const sent: number[] = [];
  const dispatcher = createDispatcher<Sendable>({
    due: (now) => [...(now >= at.due ? [{ ...stuck }] : []), ...(sent.includes(2) ? [] : [other])],
    async send({ id }) {
      if (id === 1) throw new Error('nobody there');
    },
    sent: (ids) => sent.push(...ids),
    failed(_, __, retryAt) {
      stuck.attempts += 1;
      at.due = retryAt;
    },
    stuck: ({ id }, error) => told.push(`${id}: ${error}`),
    now: () => at.now,
    log: silentLogger(),
    intervalMs: 3_600_000,
  });
  onTestFinished(() => dispatcher.stop(1000));
  dispatcher.start();
  for (let tries = 1; tries <= 13; tries += 1) {
    dispatcher.nudge();
    await until(() => stuck.attempts === tries, { what: `try ${tries}`, everyMs: 1 });
    if (tries > 10) expect(at.due - at.now).toBe(600_000);
    expect(told).toEqual(tries < 10 ? [] : ['1: nobody there']);
    at.now = at.due;
  }
  expect(sent).toEqual([2]);
});

it('a nudge inside a transaction sends nothing before the transaction has ended', async () => {
  const { dispatcher, begun, letGo } = dispatching([row(1, 1)]);
  dispatcher.start();
  const duringTheTransaction = [...begun];
  await letGo(1);
  expect({ duringTheTransaction, begun }).toEqual({ duringTheTransaction: [], begun: [1] });
});
