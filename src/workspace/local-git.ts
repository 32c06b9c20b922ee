import { existsSync } from 'node:fs';
import { GitPluginError, simpleGit } from 'simple-git';
import { AppError } from '../errors.ts';

/** One git process that talks to nobody. */
export interface LocalGitRequest {
  args: readonly string[];
  cwd: string;
  /** The whole environment of the child. */
  env: Readonly<Record<string, string>>;
  stdin?: string;
  signal?: AbortSignal;
  /** Wall clock. */
  deadlineMs: number;
}

export interface GitEnd {
  /** Null: it never ended by itself. */
  exitCode: number | null;
  stdout: Buffer;
  stderr: string;
  /** Why it was stopped: `deadline`, or the reason of the signal. */
  cause: string | null;
}

/** What simple-git guards by default and we set on purpose, to values of our own (FORGE-103). */
const OURS = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeEditor: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeHooksPath: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeTemplateDir: true,
} as const;

/** simple-git waits 50 ms for late output of a silent command; a sign that its output has ended spares that. */
const NOTHING = Buffer.alloc(0);

/**
 * Runs git through simple-git. Every end of the process is a value; throws `process-no-cwd`, and what simple-git
 * refuses to start.
 */
export async function runLocalGit(request: LocalGitRequest): Promise<GitEnd> {
  const { args, cwd, env, stdin, signal } = request;
  if (!existsSync(cwd))
    throw new AppError('process-no-cwd', `Expected the directory ${cwd}, found none.`, {
      fault: 'environment',
      retry: true,
    });
  const deadline = AbortSignal.timeout(request.deadlineMs);
  let end: { exitCode: number; stdOut: Buffer[]; stdErr: Buffer[] } | null = null;
  const git = simpleGit({
    baseDir: cwd,
    maxConcurrentProcesses: 1,
    abort: signal ? AbortSignal.any([signal, deadline]) : deadline,
    allowEnvironment: Object.keys(env),
    unsafe: OURS,
    completion: { onClose: true, onExit: 1_000 },
    ...(stdin === undefined ? {} : { input: () => stdin }),
    errors: (error, result) => {
      end = result;
      // An exit code is a result; only simple-git's own ends are errors.
      return error instanceof GitPluginError ? error : undefined;
    },
  })
    .env(env)
    .outputHandler((_command, stdout) => void stdout.once('end', () => stdout.emit('data', NOTHING)));
  try {
    await git.raw([...args]);
  } catch (error) {
    if (!(error instanceof GitPluginError && error.plugin === 'abort')) throw error;
    return { ...read(end), exitCode: null, cause: deadline.aborted ? 'deadline' : causeOf(signal) };
  }
  return { ...read(end), cause: null };
}

function read(end: { exitCode: number; stdOut: Buffer[]; stdErr: Buffer[] } | null): Omit<GitEnd, 'cause'> {
  if (end === null) return { exitCode: null, stdout: NOTHING, stderr: '' };
  const { exitCode, stdOut, stdErr } = end;
  return {
    // A child that was killed by somebody else has no exit code.
    exitCode: typeof exitCode === 'number' && exitCode >= 0 ? exitCode : null,
    stdout: Buffer.concat(stdOut),
    stderr: Buffer.concat(stdErr).toString('utf8'),
  };
}

const causeOf = (signal: AbortSignal | undefined): string =>
  typeof signal?.reason === 'string' ? signal.reason : 'aborted';
