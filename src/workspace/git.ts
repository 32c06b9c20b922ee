import { AppError } from '../errors.ts';
import { runProcess } from '../subprocess.ts';
import { isRefusal } from './push-report.ts';

/**
 * Which repository a call works on. `commonDir` separates a worktree's own state from the repository it belongs to,
 * so that configuration an agent can write is never read (FORGE-71, FORGE-103).
 */
export interface GitPlace {
  gitDir: string;
  commonDir?: string;
  workTree?: string;
}

export interface GitOptions {
  /** Default: the read time-out. The whole process group is stopped when it passes (FORGE-104). */
  timeoutMs?: number;
  stdin?: string;
  env?: Readonly<Record<string, string>>;
  /** Extra configuration for this one process, through its environment (never argv, never disk). */
  config?: readonly (readonly [key: string, value: string])[];
  signal?: AbortSignal;
}

export interface GitResult {
  exitCode: number;
  stdout: string;
  /** Masked (FORGE-106). */
  stderr: string;
}

/** The one way git is started (FORGE-103): argument array, closed environment, no hooks, no prompts. */
export interface Git {
  /** Any exit code is a result; throws `git-timeout`, `git-failed` (both retryable) when there is none. */
  run(place: GitPlace, args: readonly string[], options?: GitOptions): Promise<GitResult>;
  /** Stdout, last line feed removed; a non-zero exit throws `git-failed`. */
  text(place: GitPlace, args: readonly string[], options?: GitOptions): Promise<string>;
}

export interface GitDeps {
  /** PATH of the child. */
  path: string;
  readTimeoutMs: number;
  /** Masks secrets. */
  redact: (text: string) => string;
}

const KILL_GRACE_MS = 2_000;
const MAX_STDERR_BYTES = 64 * 1024;
/** A path in a repository is never a pattern, and no directory but the named one is trusted. */
const FIXED_CONFIG: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.quotePath', 'false'],
  ['protocol.ext.allow', 'never'],
  ['submodule.recurse', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['rerere.enabled', 'false'],
  ['commit.gpgSign', 'false'],
  ['core.symlinks', 'true'],
  ['advice.detachedHead', 'false'],
];

/** Creates the git door of this room. */
export function createGit(deps: GitDeps): Git {
  const run: Git['run'] = async (place, args, options = {}) => {
    const out: Buffer[] = [];
    const result = await runProcess({
      argv: ['git', ...args],
      cwd: place.workTree ?? place.gitDir,
      env: environment(deps.path, place, options),
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      ...(options.signal ? { signal: options.signal } : {}),
      deadlineMs: options.timeoutMs ?? deps.readTimeoutMs,
      killGraceMs: KILL_GRACE_MS,
      maxOutputBytes: MAX_STDERR_BYTES,
      onStdout: (chunk) => out.push(chunk),
    });
    const stderr = deps.redact(result.stderrTail.trim());
    if (result.cause !== null || result.exitCode === null)
      throw stopped(args, result.timedOut, result.cause ?? result.signal ?? 'no exit code');
    return { exitCode: result.exitCode, stdout: Buffer.concat(out).toString('utf8'), stderr };
  };
  return {
    run,
    text: async (place, args, options) => {
      const result = await run(place, args, options);
      if (result.exitCode !== 0) throw gitFailed(args, result);
      return result.stdout.replace(/\n$/, '');
    },
  };
}

/**
 * The error of a git call that ended badly. Retryable, because a read that failed is "not known", unless the forge
 * refused us for good.
 */
export function gitFailed(args: readonly string[], result: GitResult): AppError {
  const said = result.stderr.split('\n').filter(Boolean).at(-1) ?? 'no message';
  const message = `Expected git ${args[0]} to succeed, found exit ${result.exitCode}: ${said}`;
  const retry = !isRefusal(args[0], result.stderr);
  return new AppError('git-failed', message, { fault: 'environment', retry });
}

function stopped(args: readonly string[], timedOut: boolean, cause: string): AppError {
  const found = timedOut ? 'no end within its time-out' : `stopped by ${cause}`;
  return new AppError(
    timedOut ? 'git-timeout' : 'git-failed',
    `Expected git ${args[0]} to end, found ${found}.`,
    {
      fault: 'environment',
      retry: true,
      hint: 'It is tried again; if it keeps failing, check the disk and the connection to the forge.',
    },
  );
}

function environment(path: string, place: GitPlace, options: GitOptions): Record<string, string> {
  const trusted = [place.gitDir, place.commonDir, place.workTree].filter((dir) => dir !== undefined);
  const config = [
    ...FIXED_CONFIG,
    ...trusted.map((dir) => ['safe.directory', dir] as const),
    ...(options.config ?? []),
  ];
  return {
    PATH: path,
    HOME: '/dev/null',
    LC_ALL: 'C',
    GIT_DIR: place.gitDir,
    ...(place.commonDir ? { GIT_COMMON_DIR: place.commonDir } : {}),
    ...(place.workTree ? { GIT_WORK_TREE: place.workTree } : {}),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false',
    SSH_ASKPASS: 'false',
    GIT_EDITOR: 'true',
    GIT_SEQUENCE_EDITOR: 'true',
    GIT_PAGER: 'cat',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, key],
        [`GIT_CONFIG_VALUE_${i}`, value],
      ]),
    ),
    ...options.env,
  };
}
