import { describe, expect, it } from 'vitest';
import { createDeployStore } from '../../src/db/deploys.ts';
import { createRunStore } from '../../src/db/runs.ts';
import { createVerdictStore } from '../../src/db/verdicts.ts';
import { command, requestOf, started, storeOf } from './store.ts';

/** Tables that grow with the history of the installation. */
const GROWING = ['tasks', 'task_log', 'outbox', 'runs', 'verdicts', 'deploys', 'deliveries'];

type House = ReturnType<typeof storeOf>;

/** The query plan of everything `work` asks the database, one line per step. */
function plansOf({ db }: House, work: () => void): string[] {
  const { prepare } = db.$client;
  const asked: { source: string; params: unknown[] }[] = [];
  const statement = Object.getPrototypeOf(db.$client.prepare('select 1')) as { all: () => unknown };
  const { all } = statement;
  statement.all = function recorded(this: { source: string }, ...params: never[]) {
    asked.push({ source: this.source, params });
    return (all as (...args: never[]) => unknown).apply(this, params);
  } as never;
  try {
    work();
  } finally {
    statement.all = all;
  }
  return asked.flatMap(({ source, params }) =>
    (
      prepare
        .call(db.$client, `explain query plan ${source}`)
        .raw()
        .all(...params) as unknown[][]
    ).map((row) => String(row[3])),
  );
}

const scans = (plans: readonly string[]): string[] =>
  plans.filter((plan) =>
    GROWING.some((table) =>
      new RegExp(`^SCAN ${table}($| )(?!USING (COVERING )?INDEX \\w+_(live|due|open|watched))`).test(plan),
    ),
  );

describe('what is asked again and again does not read the history', () => {
  const reads: [string, (house: House) => void][] = [
    ['an event', (house) => void house.engine.apply(command(1, 'approve'))],
    [
      'the start of a task',
      ({ engine }) => void engine.start(requestOf({ issueId: 'issue-2', seq: 2 }), 9, 'start-2'),
    ],
    [
      'live tasks, tasks that wait, deadlines',
      ({ tasks }) => void [tasks.live(), tasks.waiting('approval'), tasks.due(9, 9)],
    ],
    ['counts of tasks', ({ tasks }) => void tasks.counts()],
    [
      'a list of open tasks',
      ({ tasks }) => void tasks.list({ kind: 'open', repo: null, scope: null, offset: 0, limit: 5 }),
    ],
    ['an issue', ({ tasks }) => void tasks.ofIssue('issue-1')],
    [
      'the outbox',
      ({ outbox }) => void [outbox.due(9, 9), outbox.stats(9), outbox.newerStatus(1, 'status:1')],
    ],
    [
      'runs',
      ({ db }) =>
        void [
          createRunStore(db).live(),
          createRunStore(db).load(),
          createRunStore(db).of(1),
          createRunStore(db).recent(9),
        ],
    ],
    [
      'deploys',
      ({ db }) =>
        void [
          createDeployStore(db).lastGood('shop'),
          createDeployStore(db).latest(1),
          createDeployStore(db).open(),
          createDeployStore(db).watched(),
        ],
    ],
    ['earlier green checks', ({ db }) => void createVerdictStore(db).passes('shop', 'gate.ci_green', 5)],
    ['delivered tasks', ({ tasks }) => void tasks.delivered('shop', 30)],
  ];
  it.each(reads)('%s', (_, read) => {
    const house = storeOf();
    started(house, 1);
    const plans = plansOf(house, () => read(house));
    expect(plans.length).toBeGreaterThan(0);
    expect(scans(plans)).toEqual([]);
  });
});

it('counts ended tasks as they end, come back and are removed', () => {
  const house = storeOf();
  const { $client } = house.db;
  for (const n of [1, 2, 3]) started(house, n);
  const ended = () =>
    Object.fromEntries(
      house.tasks.counts().flatMap(({ stage, activity, n }) => (activity === 'ended' ? [[stage, n]] : [])),
    );
  const to = (stage: string, id: number) =>
    $client.prepare('update tasks set stage = ? where id = ?').run(stage, id);
  to('done', 1);
  to('done', 2);
  to('cancelled', 3);
  expect(ended()).toEqual({ cancelled: 1, done: 2 });
  to('development', 2);
  $client.prepare('delete from tasks where id = 3').run();
  expect(ended()).toEqual({ cancelled: 0, done: 1 });
});
