import { AppError } from '../../errors.ts';
import { runTool } from '../tool.ts';

/** Raw reads of a bare repository for the scanners: bytes, not text, and no limit on the size of a file. */
export interface GitObjects {
  readonly gitDir: string;
  /** Commits of `base..head`, oldest first, full SHAs. */
  commits(base: string, head: string): Promise<string[]>;
  message(sha: string): Promise<string>;
  parents(sha: string): Promise<string[]>;
  /** Blobs the commit added or changed against each of its parents; links and submodules left out. */
  changedBlobs(sha: string): Promise<{ oid: string; path: string }[]>;
  /** True when the commit's diff holds a text file that was not deleted; the scanner sees only those. */
  hasTextDiff(sha: string): Promise<boolean>;
  blob(oid: string): Promise<Buffer>;
  /** A file at a commit; null when it is not there. */
  file(sha: string, path: string): Promise<Buffer | null>;
}

export interface GitObjectsOptions {
  gitDir: string;
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Opens a bare repository for reading. Every call throws `git-failed` when git does. */
export function openGitObjects(options: GitObjectsOptions): GitObjects {
  const env = {
    PATH: options.env.PATH ?? '',
    HOME: '/dev/null',
    LC_ALL: 'C',
    GIT_DIR: options.gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: options.gitDir,
  };
  const git = async (...args: string[]): Promise<Buffer> => {
    const run = await runTool({ ...options, argv: ['git', ...args], cwd: options.gitDir, env });
    if (run.kind === 'ended' && run.exitCode === 0) return run.stdout;
    const found = run.kind === 'ended' ? `exit ${run.exitCode}: ${run.stderr.trim()}` : run.kind;
    throw new AppError('git-failed', `Expected git ${args[0]} to succeed, found ${found}`, {
      fault: 'environment',
      retry: true,
    });
  };
  const words = async (...args: string[]) => (await git(...args)).toString().split(/\s+/).filter(Boolean);
  const diff = ['diff-tree', '-r', '--root', '--no-commit-id', '--no-renames'];
  return {
    gitDir: options.gitDir,
    commits: (base, head) => words('rev-list', '--reverse', '--topo-order', `${base}..${head}`),
    message: async (sha) => (await git('log', '-1', '--format=%B', sha)).toString(),
    parents: (sha) => words('log', '-1', '--format=%P', sha),
    changedBlobs: async (sha) =>
      readRawDiff((await git(...diff, '-m', '-z', '--no-abbrev', '--diff-filter=d', sha)).toString()),
    hasTextDiff: async (sha) =>
      (await git(...diff, '-z', '--numstat', '--diff-filter=d', sha))
        .toString()
        .split('\0')
        .some((row) => /^\d+\t/.test(row)),
    blob: (oid) => git('cat-file', 'blob', oid),
    file: async (sha, path) => {
      const entry = (await git('ls-tree', '-z', '--full-tree', sha, '--', path)).toString();
      const oid = /^100\d{3} blob ([0-9a-f]+)\t/.exec(entry)?.[1];
      return oid ? git('cat-file', 'blob', oid) : null;
    },
  };
}

/** `:<old mode> <new mode> <old> <new> <status>`, then the path, NUL after each. */
function readRawDiff(output: string): { oid: string; path: string }[] {
  const fields = output.split('\0').filter(Boolean);
  const blobs: { oid: string; path: string }[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [, mode, , oid] = (fields[i] ?? '').split(' ');
    const path = fields[i + 1];
    if (oid && path && (mode?.startsWith('100') || mode === '120000')) blobs.push({ oid, path });
  }
  return blobs;
}
