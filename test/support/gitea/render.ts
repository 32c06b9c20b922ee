import { git } from '../git/repository.ts';
import type { FakeHook, FakeLabel, FakePull, FakeRepository, FakeReview, FakeStatus } from './state.ts';

const BASE = 'http://gitea.example.test';

export const renderRepo = (repo: FakeRepository) => ({
  id: 1,
  name: repo.name,
  full_name: repo.fullName,
  default_branch: repo.main,
  empty: false,
  archived: repo.archived,
  mirror: false,
  permissions: { admin: true, push: true, pull: true },
  allow_merge_commits: true,
  allow_fast_forward_only_merge: repo.allowFastForward,
  html_url: `${BASE}/${repo.fullName}`,
});

export const renderLabel = (label: FakeLabel) => ({
  ...label,
  color: label.color.replace('#', ''),
  url: BASE,
});

export const renderBranch = (repo: FakeRepository, branch: { name: string; sha: string }) => ({
  name: branch.name,
  commit: { id: branch.sha, message: '', url: '' },
  protected: repo.protectedBranches.has(branch.name),
  user_can_push: !repo.protectedBranches.has(branch.name),
  user_can_merge: repo.protection.mayMerge,
  required_approvals: repo.protection.approvals,
  enable_status_check: repo.protection.contexts.length > 0,
  status_check_contexts: repo.protection.contexts,
});

export async function renderPull(repo: FakeRepository, pull: FakePull) {
  const sha = await repo.headOf(pull);
  const base = (await repo.head(pull.base)) ?? '';
  return {
    id: 100 + pull.number,
    number: pull.number,
    title: pull.title,
    body: pull.body,
    state: pull.state,
    draft: pull.draft,
    merged: pull.merged,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommitSha,
    merge_base: await git(repo.gitDir, 'merge-base', base, sha).catch(() => ''),
    mergeable: pull.state === 'open',
    html_url: `${BASE}/${repo.fullName}/pulls/${pull.number}`,
    head: { label: pull.head, ref: pull.head, sha, repo_id: 1, repo: { id: 1, full_name: repo.fullName } },
    base: {
      label: pull.base,
      ref: pull.base,
      sha: base,
      repo_id: 1,
      repo: { id: 1, full_name: repo.fullName },
    },
  };
}

export const renderReview = (review: FakeReview) => ({
  id: review.id,
  state: review.state,
  commit_id: review.commit_id,
  stale: review.stale,
  dismissed: review.dismissed,
  official: true,
  body: review.body,
  user: { id: 7, login: review.user },
  submitted_at: '2026-01-01T00:00:00Z',
});

export const renderStatus = ({ sha: _, ...status }: FakeStatus) => ({
  ...status,
  created_at: status.updated_at,
});

export const renderHook = (hook: FakeHook) => ({
  id: hook.id,
  type: 'gitea',
  active: hook.active,
  events: hook.events,
  branch_filter: '*',
  config: { url: hook.url, content_type: 'json' },
});
