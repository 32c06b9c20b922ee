import { z } from 'zod';
import { type PullRequest, type Review, STATUS_STATES } from '../port.ts';

/** Fields of Gitea's answers that we read (FORGE-23). Unknown fields are ignored, absent optional ones are unknown. */
const text = z.string().nullish();
const flag = z.boolean().nullish();

export const BranchAnswer = z.object({
  name: z.string(),
  commit: z.object({ id: z.string() }),
  protected: flag,
  user_can_push: flag,
  user_can_merge: flag,
  required_approvals: z.number().nullish(),
  enable_status_check: flag,
  status_check_contexts: z.array(z.string()).nullish(),
});

export const PullAnswer = z.object({
  number: z.number().int(),
  title: z.string().nullish(),
  body: text,
  state: z.string(),
  merged: flag,
  merged_at: text,
  merge_commit_sha: text,
  mergeable: flag,
  draft: flag,
  head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ full_name: text }).nullish() }),
  base: z.object({ ref: z.string() }),
  html_url: text,
});
export type PullAnswer = z.infer<typeof PullAnswer>;

export const RepoAnswer = z.object({
  full_name: z.string(),
  default_branch: text,
  empty: flag,
  archived: flag,
  mirror: flag,
  permissions: z.object({ admin: flag, push: flag, pull: flag }).nullish(),
  allow_merge_commits: flag,
  allow_fast_forward_only_merge: flag,
  html_url: text,
});

export const StatusAnswer = z.object({
  id: z.number().nullish(),
  context: z.string(),
  status: z.string(),
  description: text,
  target_url: text,
  updated_at: text,
});
export const CombinedAnswer = z.object({
  state: text,
  statuses: z.array(StatusAnswer).nullish(),
});

export const ReviewAnswer = z.object({
  id: z.number(),
  state: z.string(),
  commit_id: text,
  body: text,
  stale: flag,
  dismissed: flag,
  user: z.object({ login: text }).nullish(),
  submitted_at: text,
});

export const HookAnswer = z.object({
  id: z.number(),
  active: flag,
  events: z.array(z.string()).nullish(),
  config: z.record(z.string(), z.string()).nullish(),
});

/** Older servers have no `draft`: their drafts are told by the title. */
const DRAFT_TITLE = /^\s*(wip:|\[wip\]|draft:|\[draft\])/i;

/** A pull request as the port shows it. */
export function toPullRequest(pull: PullAnswer): PullRequest {
  const merged = pull.merged === true || Boolean(pull.merged_at);
  const title = pull.title ?? '';
  return {
    number: pull.number,
    title,
    state: merged ? 'merged' : pull.state === 'open' ? 'open' : 'closed',
    headRef: pull.head.ref,
    headSha: pull.head.sha,
    baseRef: pull.base.ref,
    draft: pull.draft ?? DRAFT_TITLE.test(title),
    ...(merged && pull.merge_commit_sha ? { mergeCommitSha: pull.merge_commit_sha } : {}),
    ...(typeof pull.mergeable === 'boolean' ? { mergeable: pull.mergeable } : {}),
    ...(pull.html_url ? { url: pull.html_url } : {}),
  };
}

const REVIEW_STATES: readonly string[] = [
  'APPROVED',
  'REQUEST_CHANGES',
  'COMMENT',
  'PENDING',
  'REQUEST_REVIEW',
];

/** A review as the port shows it; an unknown state is a comment, an unknown `stale` or `dismissed` counts as set. */
export function toReview(review: z.infer<typeof ReviewAnswer>): Review {
  return {
    user: review.user?.login ?? '',
    state: REVIEW_STATES.includes(review.state) ? (review.state as Review['state']) : 'COMMENT',
    commit: review.commit_id ?? '',
    stale: review.stale ?? true,
    dismissed: review.dismissed ?? true,
    body: review.body ?? '',
    submittedAt: Date.parse(review.submitted_at ?? '') || 0,
  };
}

/** A state of ours, or null for a word no published description names. */
export const toState = (state: string | null | undefined) =>
  STATUS_STATES.find((known) => known === state) ?? null;
