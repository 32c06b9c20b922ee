import type { CommitStatus, StatusState } from '../port.ts';

/** One pull request of the local forge (FORGE-11); times are epoch ms. */
export interface PullRow {
  repo: string;
  /** Per repo, from 1. */
  number: number;
  title: string;
  body: string;
  head: string;
  base: string;
  state: 'open' | 'closed' | 'merged';
  headSha: string;
  mergeCommitSha: string | null;
  createdAt: number;
  closedAt: number | null;
  mergedAt: number | null;
}

export type NewPull = Pick<PullRow, 'repo' | 'title' | 'body' | 'head' | 'base' | 'headSha' | 'createdAt'>;
export type PullPatch = Partial<
  Pick<PullRow, 'body' | 'state' | 'headSha' | 'mergeCommitSha' | 'closedAt' | 'mergedAt'>
>;

/** One commit status of the local forge (FORGE-11). */
export interface StatusRow {
  repo: string;
  sha: string;
  context: string;
  state: StatusState;
  description: string;
  url: string | null;
  createdAt: number;
}

/** The rows of the local forge. Synchronous, like the database behind it. */
export interface LocalForgeStore {
  /** Inserts an open pull request, or returns the open one of (repo, head, base), atomically. */
  openPull(pull: NewPull): { row: PullRow; created: boolean };
  pull(repo: string, number: number): PullRow | null;
  /** All states, highest number first. */
  pulls(repo: string, head: string, base: string): PullRow[];
  updatePull(repo: string, number: number, patch: PullPatch): void;
  addStatus(status: StatusRow): void;
  /** The newest status per context of one SHA, oldest context first. */
  statuses(repo: string, sha: string): StatusRow[];
}

/** A row as the port shows it. */
export const toCommitStatus = (row: StatusRow): CommitStatus => ({
  context: row.context,
  state: row.state,
  description: row.description,
  ...(row.url === null ? {} : { url: row.url }),
});
