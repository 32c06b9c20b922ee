/** A commit that touched a path. */
export interface PathCommit {
  sha: string;
  subject: string;
  /** Trailers such as `Run`, `Stage`, `Attempt`, `Work-Item`; last value wins. */
  trailers: Readonly<Record<string, string>>;
}

export interface ChangedPath {
  path: string;
  change: 'added' | 'modified' | 'deleted' | 'type-changed';
  /** Commits of the range that touched the path, newest first (PIPE-67). */
  commits: PathCommit[];
}

export interface DiffStat {
  files: number;
  insertions: number;
  deletions: number;
}

export interface LogEntry extends PathCommit {
  author: string;
  /** Epoch ms. */
  committedAt: number;
  parents: string[];
}

/**
 * Reads from the engine's mirror of one project (FORGE-70, FORGE-74). Absent is null; a read that failed or timed
 * out throws `AppError` `git-…` with `retry` and means "not known" (FORGE-105).
 */
export interface Mirror {
  /** Forge → mirror → shared clone, pruning. Creates both on first use. */
  fetch(): Promise<void>;
  /** SHA of a ref or revision, e.g. `origin/main`; null when it does not exist. */
  resolve(rev: string): Promise<string | null>;
  /** Last fetched head of a branch. */
  head(branch: string): Promise<string | null>;
  /** UTF-8 content of a regular file, ≤ 1 MiB; null for absent, symbolic links and directories (FORGE-102). */
  readFile(sha: string, path: string): Promise<string | null>;
  /** Regular files below a directory, repository-relative paths, sorted. */
  listFiles(sha: string, dir: string): Promise<string[]>;
  changedPaths(from: string, to: string): Promise<ChangedPath[]>;
  treeOf(sha: string): Promise<string>;
  /** Tree id without the artefact paths (delivery.md "source tree"). */
  sourceTreeOf(sha: string, artefactPaths: readonly string[]): Promise<string>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  mergeBase(a: string, b: string): Promise<string | null>;
  diffStat(from: string, to: string): Promise<DiffStat>;
  /** Paths that differ between two trees or commits, sorted. */
  diffPaths(from: string, to: string): Promise<string[]>;
  /** Unified diff, at most `maxBytes` (default 1 MiB). */
  diff(from: string, to: string, options?: { paths?: readonly string[]; maxBytes?: number }): Promise<string>;
  /** Commits of `from..to` (all up to `to` when `from` is null), newest first, at most `limit` (default 500). */
  log(from: string | null, to: string, limit?: number): Promise<LogEntry[]>;
  /** Clean export of a tree into an empty or absent directory. */
  exportTree(sha: string, dir: string): Promise<void>;
}
