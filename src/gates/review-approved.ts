import type { Review } from '../forge/port.ts';
import { numberFindings } from '../pipeline/findings.ts';
import type { Gate, GateInput } from './gate.ts';
import { cannotVerify, failed, passed, pending, refusal } from './results.ts';

/** `check_review_approved`: what people other than our tokens decided on the pull request (PIPE-72). */
export const reviewApproved: Gate = async (input, ports) => {
  if (input.prNumber === null) return cannotVerify(`cannot verify: ${input.wid} has no pull request`);
  const read = await ports.forge.reviews(input.prNumber);
  if (read.kind === 'unsupported') {
    return cannotVerify('cannot verify: this forge has no reviews; set require_pr_review: false');
  }
  if (read.kind === 'transient')
    return pending(`waiting for a review: ${read.reason}`, { wait: 'pr-review' });
  if (read.kind !== 'ok') return cannotVerify(`cannot verify: ${read.reason}`);
  const decisions = newestDecisions(read.value, input);
  const refused = decisions.filter((review) => review.state === 'REQUEST_CHANGES');
  if (refused.length > 0) {
    const texts = refused.map(
      (review) => `${review.user}: ${review.body.trim() || 'changes requested without a text'}`,
    );
    const findings = numberFindings('PR', input.attempt, texts);
    return failed(`Changes requested by ${refused.map((review) => review.user).join(', ')}`, {
      ...refusal(findings, texts.join('\n\n')),
    });
  }
  const approvers = decisions.map((review) => review.user);
  if (approvers.length > 0) return passed(`Approved by ${approvers.join(', ')}`, { approvers });
  return pending(`waiting for a review of pull request #${input.prNumber}`, { wait: 'pr-review' });
};

/** The newest decision per user for exactly `head_sha`. A later plain comment does not take a decision back. */
function newestDecisions(reviews: readonly Review[], input: GateInput): Review[] {
  const bots = new Set(input.botUsers.map((user) => user.toLowerCase()));
  const counting = reviews.filter(
    (review) =>
      (review.state === 'APPROVED' || review.state === 'REQUEST_CHANGES') &&
      !review.dismissed &&
      !review.stale &&
      review.commit === input.headSha &&
      !bots.has(review.user.toLowerCase()),
  );
  const newest = new Map<string, Review>();
  for (const review of counting.toSorted((a, b) => a.submittedAt - b.submittedAt)) {
    newest.set(review.user.toLowerCase(), review);
  }
  return [...newest.values()];
}
