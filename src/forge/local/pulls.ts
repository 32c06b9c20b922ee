import type { PrFilter, PullRequest } from '../port.ts';
import type { PullRow } from './store.ts';

/** What git says about an open pull request now; null parts mean the branch or the merge is not there. */
export interface PullFacts {
  headSha: string | null;
  landedSha: string | null;
  mergeable: boolean | null;
}

/** A row seen together with git: an open pull request whose head is in main counts as merged (FORGE-36). */
export function toPullRequest(row: PullRow, facts: PullFacts | null): PullRequest {
  const landed = row.mergeCommitSha ?? facts?.landedSha ?? null;
  const state = row.state === 'open' && facts?.landedSha ? 'merged' : row.state;
  return {
    number: row.number,
    title: row.title,
    state,
    headRef: row.head,
    headSha: facts?.headSha ?? row.headSha,
    baseRef: row.base,
    draft: false,
    ...(state === 'merged' && landed !== null ? { mergeCommitSha: landed } : {}),
    ...(state === 'open' && facts && facts.mergeable !== null ? { mergeable: facts.mergeable } : {}),
  };
}

/** `closed` is closed without a merge. */
export const passesFilter = (pull: PullRequest, filter: PrFilter): boolean =>
  filter === 'all' || pull.state === filter;
