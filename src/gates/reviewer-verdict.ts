import { extractReviewFindings } from '../pipeline/review-findings.ts';
import type { GitGate } from './gate.ts';
import { readVerdict } from './read-verdict.ts';
import { failed, noVerdict, passed, refusal } from './results.ts';

const FILE = { file: '12-review.md' };

/** `check_reviewer_verdict`: 12 says exactly `APPROVED` or `REQUEST_CHANGES` (PIPE-72). */
export const reviewerVerdict: GitGate = async (input, ports) => {
  const read = await readVerdict('12', input, ports);
  if (!read.ok) return read.result;
  const { verdict } = read.fields;
  if (verdict === undefined)
    return noVerdict('No machine-readable verdict in 12-review.md frontmatter', FILE);
  switch (verdict.toUpperCase()) {
    case 'APPROVED':
      return passed('Review verdict: APPROVED', { fields: read.fields });
    case 'REQUEST_CHANGES': {
      const { findings, severities, verbatim } = extractReviewFindings(read.body, input.attempt);
      return failed('Review verdict: REQUEST_CHANGES', {
        ...refusal(findings, verbatim),
        severities,
        fields: read.fields,
      });
    }
    default:
      return noVerdict(`No recognized verdict in 12-review.md frontmatter (verdict: ${verdict})`, FILE);
  }
};
