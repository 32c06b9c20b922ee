export interface ChecksRequest {
  sha: string;
  /** Task branch; names the checks worktree (FORGE-40). */
  branch: string;
  /** Registry `checks.command` and `setup`. */
  command: string;
  setup?: string;
  deadlineMs: number;
  /** Names the log file `checks-<id>.log` and the run marker. */
  id: string;
  signal?: AbortSignal;
}

/** FORGE-40: `failure` is a red check, `error` means it could not be judged. */
export interface ChecksResult {
  state: 'success' | 'failure' | 'error';
  sha: string;
  command: string;
  /** Null where there is none: time-out, signal, spawn failure. */
  exitCode: number | null;
  durationMs: number;
  /** Number of executed tests where the output tells it. */
  tests?: number;
  logPath: string;
  /** Last 200 lines, masked. */
  tail: string;
  /** One line: `exit 1 in 12 s`, `timed out after 1200 s`, … */
  reason: string;
}
