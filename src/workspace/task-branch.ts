import type { RunIdentity } from './run-commit.ts';

export interface StartBranchRequest {
  wid: string;
  prefix: string;
  branch: string;
  /** Content of `docs/work-items/<wid>/00-business-request.md` (PIPE section 13). */
  businessRequest: string;
}
/** `existed`: this very start was done before (same first commit); idempotent. */
export type StartBranchOutcome =
  | { kind: 'created' | 'existed'; head: string; baseSha: string }
  | { kind: 'taken' | 'refused' | 'transient'; reason: string };

export interface CommitFilesRequest {
  wid: string;
  branch: string;
  /** Recorded head; the push is refused as `foreign-push` when the forge has another. */
  parent: string;
  /** Path below `docs/work-items/<wid>/` → UTF-8 content. */
  files: Readonly<Record<string, string>>;
  subject: string;
  run: Pick<RunIdentity, 'stage' | 'attempt'> & { runId?: string };
}
export type CommitFilesOutcome =
  | { kind: 'pushed' | 'unchanged'; head: string }
  | { kind: 'foreign-push'; expected: string | null; found: string | null }
  | { kind: 'refused' | 'transient'; reason: string };

/** FORGE-93, first half: the head is safe outside the branch. `bundle` is a file path. */
export type ArchiveBranchOutcome =
  | { kind: 'archived'; ref: string; sha: string }
  | { kind: 'bundled'; file: string; sha: string }
  | { kind: 'absent' }
  | { kind: 'failed'; reason: string };
