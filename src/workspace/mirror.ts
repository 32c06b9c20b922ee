import { isAncestor, isRebased } from './ancestry.ts';
import { changedPaths, diff, diffPaths, diffStat } from './diff.ts';
import { fetchAll } from './fetch.ts';
import { gitFailed } from './git.ts';
import { readLog } from './history.ts';
import { isSha } from './names.ts';
import type { Repository } from './repository.ts';
import { repoPath } from './safe-path.ts';
import { exportTree, sourceTreeOf } from './trees.ts';

/** Largest file read as an artefact (FORGE-102). */
export const MAX_FILE_BYTES = 1024 * 1024;

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
  /** Names of the last fetched branches, sorted. */
  branches(): Promise<string[]>;
  /** UTF-8 content of a regular file, ≤ 1 MiB; null for absent, symbolic links and directories (FORGE-102). */
  readFile(sha: string, path: string): Promise<string | null>;
  /** Regular files below a directory, repository-relative paths, sorted. */
  listFiles(sha: string, dir: string): Promise<string[]>;
  changedPaths(from: string, to: string): Promise<ChangedPath[]>;
  treeOf(sha: string): Promise<string>;
  /** Tree id without the artefact paths (delivery.md "source tree"). */
  sourceTreeOf(sha: string, artefactPaths: readonly string[]): Promise<string>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** True where `to` carries the same changes as `from`, on a newer `base`. */
  isRebased(from: string, to: string, base: string): Promise<boolean>;
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

/** Creates the mirror's reads. `locked` runs a task under the project's mutex. */
export function createMirror(repo: Repository, locked: <T>(task: () => Promise<T>) => Promise<T>): Mirror {
  const { git, mirror } = repo;
  const resolve = async (rev: string): Promise<string | null> => {
    await repo.ensure();
    const found = await git.run(mirror, [
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${rev}^{commit}`,
    ]);
    return found.exitCode === 0 ? found.stdout.trim() : null;
  };
  const need = createNeed(repo, locked);
  return {
    fetch: () => locked(() => fetchAll(repo)),
    resolve,
    head: (branch) => resolve(`refs/remotes/origin/${branch}`),
    branches: () => branches(repo),
    readFile: (sha, path) => need([sha], () => readFile(repo, sha, path)),
    listFiles: (sha, dir) => need([sha], () => listFiles(repo, sha, dir)),
    changedPaths: (from, to) => need([from, to], () => changedPaths(repo, from, to)),
    treeOf: (sha) => need([sha], () => git.text(mirror, ['rev-parse', '--verify', `${sha}^{tree}`])),
    sourceTreeOf: (sha, artefactPaths) => need([sha], () => sourceTreeOf(repo, sha, artefactPaths)),
    isAncestor: (older, newer) => need([older, newer], () => isAncestor(git, mirror, older, newer)),
    isRebased: (from, to, base) => need([from, to, base], () => isRebased(git, mirror, { from, to, base })),
    mergeBase: (a, b) => need([a, b], () => mergeBase(repo, a, b)),
    diffStat: (from, to) => need([from, to], () => diffStat(repo, from, to)),
    diffPaths: (from, to) => need([from, to], () => diffPaths(repo, from, to)),
    diff: (from, to, options = {}) => need([from, to], () => diff(repo, { from, to, ...options })),
    log: (from, to, limit = 500) =>
      need(from === null ? [to] : [from, to], () => readLog(repo, from, to, limit)),
    exportTree: (sha, dir) => need([sha], () => exportTree(repo, sha, dir)),
  };
}

/** Fetches once when a commit is not here: another machine may have pushed it. What stays absent is git's to say. */
function createNeed(repo: Repository, locked: <T>(task: () => Promise<T>) => Promise<T>) {
  const has = async (sha: string): Promise<boolean> => {
    if (repo.known.has(sha) || !isSha(sha)) return true;
    const found = await repo.git.run(repo.mirror, ['cat-file', '-e', `${sha}^{commit}`]);
    if (found.exitCode === 0) repo.known.add(sha);
    return found.exitCode === 0;
  };
  return async <T>(shas: readonly string[], read: () => Promise<T>): Promise<T> => {
    await repo.ensure();
    for (const sha of shas) if (!(await has(sha))) await locked(() => fetchAll(repo));
    return read();
  };
}

async function mergeBase(repo: Repository, a: string, b: string): Promise<string | null> {
  const args = ['merge-base', '--end-of-options', a, b];
  const found = await repo.git.run(repo.mirror, args);
  if (found.exitCode > 1) throw gitFailed(args, found);
  return found.exitCode === 0 ? found.stdout.trim() : null;
}

async function branches(repo: Repository): Promise<string[]> {
  await repo.ensure();
  const prefix = 'refs/remotes/origin/';
  const out = await repo.git.text(repo.mirror, ['for-each-ref', '--format=%(refname)', prefix]);
  return out.split('\n').flatMap((ref) => (ref.startsWith(prefix) ? [ref.slice(prefix.length)] : []));
}

async function readFile(repo: Repository, sha: string, path: string): Promise<string | null> {
  const wanted = repoPath(path);
  const args = ['ls-tree', '-z', '--long', '--full-tree', sha, '--', wanted];
  const out = await repo.git.text(repo.mirror, args);
  const entry = /^(\d+) blob ([0-9a-f]+) +(\d+)\t/.exec(out);
  if (!entry?.[1]?.startsWith('100') || Number(entry[3]) > MAX_FILE_BYTES) return null;
  const blob = await repo.git.run(repo.mirror, ['cat-file', 'blob', entry[2] as string]);
  if (blob.exitCode !== 0) throw gitFailed(['cat-file'], blob);
  return blob.stdout;
}

async function listFiles(repo: Repository, sha: string, dir: string): Promise<string[]> {
  const wanted = repoPath(dir);
  const args = ['ls-tree', '-r', '-z', '--full-tree', sha, '--', `${wanted}/`];
  const out = await repo.git.text(repo.mirror, args);
  return out
    .split('\0')
    .filter((line) => line.startsWith('100'))
    .map((line) => line.slice(line.indexOf('\t') + 1))
    .sort();
}
