import type { GateName } from '../pipeline/stages.ts';
import { analysisApproved } from './analysis-approved.ts';
import { analysisComplete } from './analysis-complete.ts';
import { architectureDone } from './architecture-done.ts';
import { branchMergeable } from './branch-mergeable.ts';
import { ciGreen } from './ci-green.ts';
import { deployStatus } from './deploy-status.ts';
import type { Gate, GitGate } from './gate.ts';
import { imageFreshness } from './image-freshness.ts';
import { reviewApproved } from './review-approved.ts';
import { reviewerVerdict } from './reviewer-verdict.ts';
import { securityGate } from './security-gate.ts';
import { stagingStatus } from './staging-status.ts';
import { testsLocal } from './tests-local.ts';
import { testsPassed } from './tests-passed.ts';

/** Judged from git alone, by any host; exactly the gates whose rule says so. */
export const GIT_GATES = {
  check_analysis_complete: analysisComplete,
  check_architecture_done: architectureDone,
  check_reviewer_verdict: reviewerVerdict,
  check_tests_passed: testsPassed,
  check_tests_local: testsLocal,
  check_security_gate: securityGate,
} satisfies Partial<Record<GateName, GitGate>>;

/** The registry: every gate the stages may name, and nothing else (PIPE-62). */
export const GATE_REGISTRY: Readonly<Record<GateName, Gate>> = {
  ...GIT_GATES,
  check_analysis_approved: analysisApproved,
  check_ci_green: ciGreen,
  check_review_approved: reviewApproved,
  check_staging_status: stagingStatus,
  check_branch_mergeable: branchMergeable,
  check_image_freshness: imageFreshness,
  check_deploy_status: deployStatus,
};
