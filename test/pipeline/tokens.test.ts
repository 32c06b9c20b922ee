import { describe, expect, it } from 'vitest';
import { readToken } from '../../src/pipeline/tokens.ts';

describe('the token table (PIPE-66)', () => {
  const table: [value: string, expected: 'positive' | 'negative' | null][] = [
    ['PASS', 'positive'],
    ['pass', 'positive'],
    ['PASS — ready-to-deploy', 'positive'],
    ['stage:ready-to-deploy', 'positive'],
    ['READY_TO_DEPLOY', 'positive'],
    ['PASS (0 failed)', 'positive'],
    ['0 failed, 23 passed', 'positive'],
    ['10 failed, 23 passed', 'negative'],
    ['23 passed, 1 failed', 'negative'],
    ['NOT PASSED', 'negative'],
    ['not green', 'negative'],
    ['REQUEST_CHANGES', 'negative'],
    ['-FAIL-', 'negative'],
    ['REQUIRED', null],
    ['COVERED', null],
    ['BYPASS', null],
    ['COMPASS', null],
    ['PASS-THROUGH', null],
    ['paß', null],
    ['', null],
  ];
  it.each(table)('inc-41 %j is %s', (value, expected) => {
    expect(readToken([value])?.sign ?? null).toBe(expected);
  });

  it('lets one negative word in any field win over every positive one', () => {
    const token = readToken(['PASS', 'APPROVED', 'BLOCKED by infra']);
    expect(token).toEqual({ sign: 'negative', word: 'BLOCKED', value: 'BLOCKED by infra' });
  });

  it('names the value the deciding word came from', () => {
    expect(readToken(['unclear', 'Passed'])).toEqual({ sign: 'positive', word: 'PASSED', value: 'Passed' });
  });
});
