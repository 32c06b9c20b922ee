import { expect, test } from 'vitest';
import { countTests, judge, type ReportedModule, summaryLine } from '../../scripts/test/count.ts';

const module = (
  lane: string,
  states: readonly [state: string, note?: string][],
  errors = 0,
): ReportedModule => ({
  moduleId: `test/${lane}.test.ts`,
  project: { name: lane },
  errors: () => Array.from({ length: errors }, () => new Error('broken')),
  children: {
    allTests: () =>
      states.map(([state, note], n) => ({ fullName: `test ${n}`, result: () => ({ state, note }) })),
  },
});

test('counts are summed over all lanes into one line', () => {
  const count = countTests([module('unit', [['passed'], ['failed']]), module('redis', [['passed']])], []);
  expect(summaryLine(count)).toBe('2 passed, 1 failed');
  expect(judge(count, ['unit', 'redis'])).toEqual(['1 failed.']);
});

test('inc-46 a test skipped with a reason is shown and fails nothing', () => {
  const count = countTests([module('e2e', [['passed'], ['skipped', 'no browser']])], []);
  expect(summaryLine(count)).toBe('1 passed, 0 failed, 1 skipped');
  expect(judge(count, ['e2e'])).toEqual([]);
});

test.each([
  ['no test at all', countTests([], []), 'No test ran.'],
  ['a lane without a test', countTests([module('redis', [['passed']])], []), 'The lane unit has no test.'],
  [
    'an error outside of tests',
    countTests([module('unit', [['passed']])], [new Error('late')]),
    '1 errors happened',
  ],
  [
    'a file that did not load',
    countTests([module('unit', [['passed']], 1)], []),
    'Not completed: test/unit.test.ts',
  ],
  [
    'a silent skip',
    countTests([module('unit', [['passed'], ['skipped']])], []),
    'Skipped without a reason: test 1',
  ],
  ['a test that never ended', countTests([module('unit', [['pending']])], []), '1 failed.'],
])('the run fails on %s', (_what, count, complaint) => {
  expect(judge(count, ['unit']).join('\n')).toContain(complaint);
});
