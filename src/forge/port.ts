/**
 * The forge port (FORGE-1 to FORGE-5): branches' heads, pull requests, statuses and the merge of one project.
 * Everything about content, ancestry and trees is git and lives in `workspace/`.
 */

/** Why a read brought nothing (FORGE-3, TRK-3); `reason` is one masked line for people. */
export interface ForgeFailure {
  kind: 'transient' | 'permanent' | 'not_found';
  reason: string;
}
/** A typed read: never thrown, so "could not read" and "is not there" stay apart. */
export type ForgeRead<T> = { kind: 'ok'; value: T } | ForgeFailure;
/** A write that is idempotent by contract: "already so" is `ok`. */
export type ForgeWrite = { kind: 'ok' } | ForgeFailure;

export interface PullRequest {
  number: number;
  title: string;
  state: 'open' | 'closed' | 'merged';
  headRef: string;
  headSha: string;
  baseRef: string;
  mergeCommitSha?: string;
  /** Absent means unknown, never a favourable value. */
  mergeable?: boolean;
  draft: boolean;
  url?: string;
}

/** `findPrs` filter; `all` has open, closed and merged ones. */
export type PrFilter = 'open' | 'closed' | 'all';

export interface EnsurePrRequest {
  /** Task branch without `refs/heads/`. */
  branch: string;
  title: string;
  body: string;
}
/** Outcome of FORGE-31; never thrown. */
export type EnsurePrOutcome =
  | { kind: 'existed' | 'created'; pr: PullRequest }
  | { kind: 'failed'; reason: string; transient: boolean };

/** The styles that leave the tested commit itself in main (FORGE-32). */
export type MergeStyle = 'merge' | 'fast-forward-only';

export interface MergeRequest {
  number: number;
  /** `auto` takes what the forge allows, fast-forward first. */
  style: MergeStyle | 'auto';
  /** The tested SHA; the merge happens only while the head is this. */
  expectedHead: string;
  title: string;
  /** Body with the trailers of FORGE-34. */
  message: string;
}
/** Outcome of FORGE-35, FORGE-36. `unknown` means: prove by FORGE-37 before anything is repeated. */
export type MergeOutcome =
  | { kind: 'merged' | 'already-merged'; mergeCommitSha?: string }
  | { kind: 'not-mergeable' | 'head-moved' | 'forbidden' | 'unknown'; reason: string };

export interface Review {
  user: string;
  state: 'APPROVED' | 'REQUEST_CHANGES' | 'COMMENT' | 'PENDING' | 'REQUEST_REVIEW';
  commit: string;
  stale: boolean;
  dismissed: boolean;
  body: string;
  /** Epoch ms. */
  submittedAt: number;
}

export const STATUS_STATES = ['pending', 'success', 'error', 'failure', 'warning', 'skipped'] as const;
/** State of one commit status or of all together. */
export type StatusState = (typeof STATUS_STATES)[number];

export interface CommitStatus {
  context: string;
  state: StatusState;
  description: string;
  url?: string;
}

/** What CI says about exactly one SHA (FORGE-43, FORGE-44). `contexts` is the newest status per context. */
export interface CiState {
  state: StatusState;
  total: number;
  contexts: CommitStatus[];
  /** Epoch ms of the read. */
  readAt: number;
}

/** FORGE-80: null where no link may be built. */
export interface ForgeLinks {
  /** File below the repository root at a branch or, after the branch is gone, at a commit. */
  file(at: { branch: string } | { sha: string }, path: string): string | null;
  branch(branch: string): string | null;
  pullRequest(number: number): string | null;
  commit(sha: string): string | null;
  compare(baseSha: string, sha: string): string | null;
}

/** The forge of one project (FORGE-2). Reads never throw; writes look before they act. */
export interface Forge {
  readonly kind: 'local' | 'gitea';
  /** Whether our token may push to this repository; a forge that does not say is a failed read. */
  mayPush(): Promise<ForgeRead<boolean>>;
  /** Head SHA of a branch; `not_found` when it does not exist. */
  head(branch: string): Promise<ForgeRead<string>>;
  ensurePr(request: EnsurePrRequest): Promise<EnsurePrOutcome>;
  /** Pull requests from this branch of this repository into main (FORGE-30), highest number first. */
  findPrs(branch: string, filter: PrFilter): Promise<ForgeRead<PullRequest[]>>;
  getPr(number: number): Promise<ForgeRead<PullRequest>>;
  mergePr(request: MergeRequest): Promise<MergeOutcome>;
  reviews(number: number): Promise<ForgeRead<Review[]> | { kind: 'unsupported' }>;
  /** Closes an open pull request; `note` becomes the last line of its body. Merged or closed counts as done. */
  closePr(number: number, note: string): Promise<ForgeWrite>;
  setStatus(sha: string, status: CommitStatus): Promise<ForgeWrite>;
  ciState(sha: string): Promise<ForgeRead<CiState>>;
  /** Absent counts as done. Archive first (FORGE-93). */
  deleteBranch(branch: string): Promise<ForgeWrite>;
  readonly links: ForgeLinks;
}
