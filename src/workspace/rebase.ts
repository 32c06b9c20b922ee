export interface RebaseRequest {
  branch: string;
  /** HEAD the worktree must have. */
  expectedHead: string;
  /** Recorded `origin/<main>` SHA. */
  onto: string;
  /** Cap of the conflict text, characters (`ORCH_FINDINGS_MAX_CHARS`). */
  maxChars: number;
}

/** FORGE-95, SHIP-57. After every outcome the worktree is clean; after `conflict` at the old head. */
export type RebaseOutcome =
  | { kind: 'unchanged' | 'rebased'; head: string }
  | { kind: 'conflict'; files: string[]; text: string }
  | { kind: 'stale-worktree'; head: string | null; reason: string }
  | { kind: 'transient'; reason: string };
