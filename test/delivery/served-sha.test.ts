import { describe, expect, it } from 'vitest';
import { judgeServedSha, matchServedSha, servesExpected } from '../../src/delivery/served-sha.ts';

const LANDED = '0123456789abcdef0123456789abcdef01234567';
const OTHER = 'fedcba9876543210fedcba9876543210fedcba98';

describe('the served commit matches by prefix of at least 7 digits, whatever the case (SHIP-181)', () => {
  it.each([
    [LANDED, 'same'],
    [LANDED.toUpperCase(), 'same'],
    ['0123456', 'same'],
    [' 0123456789\n', 'same'],
    ['012345', 'not-exposed'],
    [OTHER, 'other'],
    ['fedcba9', 'other'],
    [`${LANDED}00`, 'other'],
    ['0123456-dirty', 'other'],
    ['v1.2.3-dirty', 'other'],
    ['dirty', 'not-exposed'],
    ['dev', 'not-exposed'],
    ['', 'not-exposed'],
    [undefined, 'not-exposed'],
    [null, 'not-exposed'],
    [1234567, 'not-exposed'],
    [{ sha: LANDED }, 'not-exposed'],
  ])('%j is %s', (exposed, match) => {
    expect(matchServedSha(exposed, LANDED).match).toBe(match);
  });
});

describe('another commit counts only when git knows it and its source tree is the same (SHIP-181)', () => {
  const trees: Record<string, string> = { [LANDED]: 'tree-1', fedcba9: 'tree-1', abcdef0: 'tree-2' };
  const sourceTreeOf = async (sha: string) => trees[sha] ?? null;

  it.each([
    ['fedcba9', 'same-source'],
    ['abcdef0', 'other'],
    ['1111111', 'other'],
    ['fedcba9-dirty', 'other'],
    ['dev', 'not-exposed'],
    ['0123456', 'same'],
  ])('%s is %s', async (exposed, match) => {
    expect((await judgeServedSha(exposed, LANDED, sourceTreeOf)).match).toBe(match);
  });

  it('two commits git knows nothing about are never the same source', async () => {
    expect((await judgeServedSha('fedcba9', LANDED, async () => null)).match).toBe('other');
  });
});

describe('what counts as deployed (SHIP-182)', () => {
  it.each([
    ['same', true, true],
    ['same-source', true, true],
    ['other', false, false],
    ['not-exposed', true, false],
  ] as const)('%s: %s, and %s where the served commit is required', (match, lax, strict) => {
    expect(servesExpected({ match, exposed: null }, { requireServedSha: false })).toBe(lax);
    expect(servesExpected({ match, exposed: null }, { requireServedSha: true })).toBe(strict);
  });
});
