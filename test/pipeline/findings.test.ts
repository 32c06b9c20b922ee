import { describe, expect, it } from 'vitest';
import { findingsFingerprint, numberFindings } from '../../src/pipeline/findings.ts';
import { extractReviewFindings } from '../../src/pipeline/review-findings.ts';
import { extractTestFindings } from '../../src/pipeline/test-findings.ts';

const REVIEW = `# Review
## Findings
### P0 Blocker
- [ ] F1: price may be negative
  in src/cart.ts:12
- [x] F2: fixed already
### P1 Must fix
- [ ] no test for AC-2
### P2 Should fix
- [ ] none
## Conformance to TRZ
- [ ] not a finding
`;

describe('findings of a review (PIPE-59, AGENT-11)', () => {
  it('takes the open checkbox items of P0 to P3 with their following lines', () => {
    const { findings, severities, verbatim } = extractReviewFindings(REVIEW, 2);
    expect(findings).toEqual([
      { id: 'REV-2-1', text: 'P0 F1: price may be negative\nin src/cart.ts:12' },
      { id: 'REV-2-2', text: 'P1 no test for AC-2' },
    ]);
    expect(severities).toEqual({ 'REV-2-1': 'P0', 'REV-2-2': 'P1' });
    expect(verbatim).toContain('F2: fixed already');
    expect(verbatim).not.toContain('Conformance');
  });

  it('keeps the whole body when it holds no readable item', () => {
    expect(extractReviewFindings('The cart is wrong.\n', 1).findings).toEqual([
      { id: 'REV-1-1', text: 'The cart is wrong.' },
    ]);
  });
});

describe('findings of a test report (PIPE-60, AGENT-11)', () => {
  const report = `| TC | Test | AC | Result |
|---|---|---|---|
| TC-1 | adds | AC-1 | PASS |
| TC-2 | removes | AC-2 | FAIL |

\`\`\`
expected 2, got 3
1 failed
\`\`\`
`;
  it('takes the failing rows, and the tail of the runner verbatim', () => {
    const { findings, verbatim } = extractTestFindings(report, 3);
    expect(findings).toEqual([{ id: 'TEST-3-1', text: '| TC-2 | removes | AC-2 | FAIL |' }]);
    expect(verbatim).toBe('| TC-2 | removes | AC-2 | FAIL |\n\nexpected 2, got 3\n1 failed');
  });
});

describe('the fingerprint of a set of findings (PIPE-40)', () => {
  it('ignores order, round, white space and case, and nothing else', () => {
    const first = numberFindings('REV', 1, ['P0 F: Price  may be\nnegative', 'P1 no test']);
    const again = numberFindings('REV', 2, ['p1 NO TEST', 'REV-1-1: P0 F: price may be negative']);
    const other = numberFindings('REV', 2, ['p1 NO TEST']);
    expect(findingsFingerprint(again)).toBe(findingsFingerprint(first));
    expect(findingsFingerprint(other)).not.toBe(findingsFingerprint(first));
  });
});
