import { expect, test } from 'vitest';
import { visitsOf } from '../../../src/app/surfaces/board-visits.ts';

type Row = Parameters<typeof visitsOf>[0][number];

const MIN = 60_000;
/** One row of a decision log; times in minutes. */
const row = (minute: number, from: string, to: string, more: Partial<Row> = {}): Row => ({
  at: minute * MIN,
  kind: 'fact',
  name: 'stage-settled',
  accepted: true,
  from,
  to,
  reason: null,
  message: '',
  event: {},
  ...more,
});
const by = (name: string): Partial<Row> => ({ kind: 'command', event: { actor: { name } } });

const LOG: readonly Row[] = [
  row(0, 'created#1 working', 'analysis#1 working', { ...by('Ada'), name: 'start' }),
  row(5, 'analysis#1 working', 'analysis#1 working', { name: 'agent-result' }),
  row(5, 'analysis#1 working', 'analysis#1 working', { accepted: false, reason: 'duplicate' }),
  row(6, 'analysis#1 working', 'analysis#1 approval'),
  row(10, 'analysis#1 approval', 'analysis#1 approval', {
    ...by('Kim'),
    name: 'approve',
    accepted: false,
    reason: 'forbidden',
    message: 'Only an operator may.',
  }),
  row(66, 'analysis#1 approval', 'development#1 working', { ...by('Ada'), name: 'approve' }),
  row(80, 'development#1 working', 'development#1 ci'),
  row(85, 'development#1 ci', 'development#2 working'),
  row(95, 'development#2 working', 'done#1 ended'),
  row(96, 'done#1 ended', 'done#1 ended', { name: 'watch-result' }),
];

test('the timeline is told by the decision log: attempts, waits with their owners, what people did', () => {
  const visits = visitsOf(LOG);
  expect(
    visits.map(({ stage, attempt, from, until }) => [stage, attempt, from / MIN, (until ?? 0) / MIN]),
  ).toEqual([
    ['analysis', 1, 0, 66],
    ['development', 1, 66, 85],
    ['development', 2, 85, 95],
  ]);
  expect(visits[0]?.stretches).toEqual([
    { kind: 'working', owner: 'system', from: 0, until: 6 * MIN },
    { kind: 'approval', owner: 'you', from: 6 * MIN, until: 66 * MIN },
  ]);
  expect(visits[1]?.stretches.map(({ kind, owner }) => [kind, owner])).toEqual([
    ['working', 'system'],
    ['ci', 'ci'],
  ]);
  expect(visits[0]?.acts.map(({ who, what, accepted, why }) => [who, what, accepted, why])).toEqual([
    ['Ada', 'start', true, ''],
    ['Kim', 'approve', false, 'Only an operator may.'],
    ['Ada', 'approve', true, ''],
  ]);
});

test('every minute of a task is in exactly one stretch, also while it is open', () => {
  const open = visitsOf(LOG.slice(0, 7));
  expect(open.at(-1)).toMatchObject({ stage: 'development', until: null });
  const stretches = open.flatMap((visit) => visit.stretches);
  for (const [index, { from }] of stretches.entries())
    if (index > 0) expect(from).toBe(stretches[index - 1]?.until);
  expect(stretches.at(-1)?.until).toBeNull();
});

test('a log of another make, or none, is no error', () => {
  expect(visitsOf([])).toEqual([]);
  expect(visitsOf([row(0, '?', 'something else')])).toEqual([]);
});
