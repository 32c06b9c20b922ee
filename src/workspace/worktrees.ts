export interface EnsureWorktreeRequest {
  branch: string;
  wid: string;
  /** HEAD must be this (FORGE-73). */
  recordedHead: string;
  /** A resumed session keeps its uncommitted work and its commits (AGENT-25). */
  resume?: boolean;
}

export interface TaskWorktree {
  /** Absolute path, a pure function of repo and branch (FORGE-72). */
  path: string;
  branch: string;
  head: string;
  /** Archive ref of leftovers found and saved, if any. */
  archived: string | null;
}

export interface RemoveWorktreeRequest {
  branch: string;
  wid: string;
  /** Live processes and run markers are the caller's knowledge; true refuses (FORGE-75). */
  busy: boolean;
}
export type RemoveWorktreeOutcome = { kind: 'removed' | 'absent' } | { kind: 'kept'; reason: string };
