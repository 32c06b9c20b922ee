import { AppError } from '../errors.ts';
import { runProcess } from '../subprocess.ts';
import { gitEnvironment } from './git-environment.ts';
import { type GitEnd, type LocalGitRequest, runLocalGit } from './local-git.ts';
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
  /** Any exit code is a result; throws `git-timeout`, `git-failed` (both retryable) when there is none;
   * `git-unreachable` instead of both for a command that talks to the forge. */
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

/**
 * Commands that start programs of their own (transports, pack writers, the steps of a rebase). They get a process
 * group, because simple-git would end the first process only (FORGE-104).
 */
const WITH_CHILDREN: ReadonlySet<string> = new Set([
  'clone',
  'fetch',
  'push',
  'ls-remote',
  'gc',
  'rebase',
  'revert',
  'version',
]);

/** Creates the git door of this room. */
export function createGit(deps: GitDeps): Git {
  const run: Git['run'] = async (place, args, options = {}) => {
    const request: LocalGitRequest = {
      args,
      cwd: place.workTree ?? place.gitDir,
      env: gitEnvironment(deps.path, place, options),
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      ...(options.signal ? { signal: options.signal } : {}),
      deadlineMs: options.timeoutMs ?? deps.readTimeoutMs,
    };
    // simple-git never closes an input it has nothing to write to.
    const grouped = WITH_CHILDREN.has(args[0] ?? '') || options.stdin === '';
    const end = await (grouped ? runGroup(request) : runLocalGit(request));
    const stderr = deps.redact(end.stderr.trim());
    if (end.cause !== null || end.exitCode === null) throw stopped(args, end.cause ?? 'no exit code');
    return { exitCode: end.exitCode, stdout: end.stdout.toString('utf8'), stderr };
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
  return new AppError(codeOf(args, 'git-failed'), message, { fault: 'environment', retry });
}

/** Commands that talk to the forge: failing, it is the forge that was not reached. */
const REMOTE: ReadonlySet<string> = new Set(['clone', 'fetch', 'push', 'ls-remote']);

const codeOf = (args: readonly string[], code: string): string =>
  REMOTE.has(args[0] ?? '') ? 'git-unreachable' : code;

/** The same, with every process it starts in one group that ends with it. */
async function runGroup({ args, ...request }: LocalGitRequest): Promise<GitEnd> {
  const out: Buffer[] = [];
  const result = await runProcess({
    ...request,
    argv: ['git', ...args],
    killGraceMs: KILL_GRACE_MS,
    maxOutputBytes: MAX_STDERR_BYTES,
    onStdout: (chunk) => out.push(chunk),
  });
  const cause = result.cause ?? (result.exitCode === null ? (result.signal ?? 'no exit code') : null);
  return { exitCode: result.exitCode, stdout: Buffer.concat(out), stderr: result.stderrTail, cause };
}

function stopped(args: readonly string[], cause: string): AppError {
  const timedOut = cause === 'deadline';
  const found = timedOut ? 'no end within its time-out' : `stopped by ${cause}`;
  return new AppError(
    codeOf(args, timedOut ? 'git-timeout' : 'git-failed'),
    `Expected git ${args[0]} to end, found ${found}.`,
    {
      fault: 'environment',
      retry: true,
      hint: 'It is tried again; if it keeps failing, check the disk and the connection to the forge.',
    },
  );
}
