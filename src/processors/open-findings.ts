import type { History, OpenFindings } from '../agent/brief.ts';
import type { Finding, FindingSource } from '../pipeline/findings.ts';
import { gateOfStep } from '../pipeline/plan.ts';
import type { GateName } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import type { VerdictRecord } from '../pipeline/view.ts';

const SOURCES: Partial<Record<GateName, FindingSource>> = {
  check_ci_green: 'CI',
  check_reviewer_verdict: 'REV',
  check_review_approved: 'PR',
  check_tests_passed: 'TEST',
  check_staging_status: 'STAGE',
  check_security_gate: 'SEC',
  check_branch_mergeable: 'MERGE',
  check_image_freshness: 'IMG',
  check_deploy_status: 'DEPLOY',
};

const sourceOf = (verdict: VerdictRecord): FindingSource | undefined => {
  const gate = gateOfStep(verdict.step);
  return gate === null ? undefined : SOURCES[gate];
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function toOpen(source: FindingSource, verdict: VerdictRecord): OpenFindings {
  const { evidence } = verdict;
  const items = Array.isArray(evidence.findings) ? (evidence.findings as Finding[]) : [];
  const logTail = text(evidence.logTail) || text(evidence.tail);
  const url = text(evidence.url);
  return {
    source,
    round: verdict.attempt,
    items,
    verbatim: text(evidence.verbatim) || verdict.reason,
    ...(logTail ? { logTail } : {}),
    ...(url ? { url } : {}),
  };
}

/** The newest round of every source that still refuses (AGENT-11); `verdicts` oldest first. */
export function openFindings(verdicts: readonly VerdictRecord[]): OpenFindings[] {
  const newest = new Map<FindingSource, VerdictRecord>();
  for (const verdict of verdicts) {
    const source = sourceOf(verdict);
    if (source && (verdict.outcome === 'passed' || verdict.outcome === 'failed')) newest.set(source, verdict);
  }
  return [...newest]
    .filter(([, { outcome }]) => outcome === 'failed')
    .map(([source, verdict]) => toOpen(source, verdict));
}

/** One line per bounce, oldest first, and the reviewer's own earlier words (AGENT-12). */
export function historyOf(task: TaskState, verdicts: readonly VerdictRecord[]): History {
  const failed = verdicts.filter(({ outcome }) => outcome === 'failed');
  const idsAt = (stage: string, attempt: number): string[] => {
    const found = failed.find((verdict) => verdict.stage === stage && verdict.attempt === attempt);
    const items = Array.isArray(found?.evidence.findings) ? (found.evidence.findings as Finding[]) : [];
    return items.map(({ id }) => id);
  };
  const refusals = task.bounces.map(({ stage, attempt, reason, sha }) => ({
    what: `${stage}: ${reason}`,
    sha,
    findingIds: idsAt(stage, attempt),
  }));
  const review = failed.findLast(({ step }) => step === 'gate.reviewer_verdict');
  const earlierReview = text(review?.evidence.verbatim);
  return { refusals, returned: [], ...(earlierReview ? { earlierReview } : {}) };
}
