import { expect, test } from 'vitest';
import { checkHistoryOf } from '../../../src/app/delivery/check-history.ts';
import type { House } from '../../../src/app/house.ts';

const pass = (evidence: Record<string, unknown>, landed: boolean) => ({ evidence, landed });
const retest = (sha: string, coverage: unknown) => ({
  retest: { sha, by: 'run', durationMs: 5, tests: 3, coverage },
});

test('SHIP-58 what landed last is the measure of tests and coverage, not what was only tested since', () => {
  const rows: Record<string, ReturnType<typeof pass>[]> = {
    'gate.branch_mergeable': [
      pass(retest('c', 70), false),
      pass(retest('b', 80.5), true),
      pass(retest('a', 90), true),
    ],
    'gate.ci_green': [pass({ sha: 'd', state: 'success', run: { durationMs: 1 } }, false)],
  };
  const verdicts = {
    passes: (_repo: string, step: string) => rows[step] ?? [],
  } as unknown as House['verdicts'];
  expect(checkHistoryOf({ verdicts }, 'shop')).toMatchObject({
    mainTests: 3,
    mainCoverage: 80.5,
    passes: [{ sha: 'c', coverage: 70 }, {}, {}, { sha: 'd', tests: null, coverage: null }],
  });
});
