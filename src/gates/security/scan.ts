/** A possible secret; its value is never kept. */
export interface SecretFinding {
  /** Path in the repository, or `commit message`. */
  path: string;
  line: number;
  rule: string;
  commit: string;
}

/** What a secret scanner said (SHIP-41). Anything that is neither clean nor findings is an error (SHIP-42). */
export type SecretScan =
  | { kind: 'clean'; tool: string; scannedCommits: number }
  | { kind: 'findings'; tool: string; scannedCommits: number; findings: SecretFinding[] }
  | { kind: 'error'; tool: string; reason: string };

/** One line for people. */
export const describeSecret = (finding: SecretFinding): string =>
  `${finding.path}:${finding.line} ${finding.rule} (commit ${finding.commit.slice(0, 7)})`;

/** The commits a scan is about: `base..head`, full SHAs, oldest first. */
export interface ScanRange {
  base: string;
  head: string;
  commits: readonly string[];
}
