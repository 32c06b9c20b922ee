import { mkdir, writeFile } from 'node:fs/promises';
import { describeError } from '../errors.ts';
import { markOf, runProcess } from '../subprocess.ts';
import { type CappedOutput, createCappedOutput } from './capped-output.ts';
import { openChecksWorktree } from './checks-worktree.ts';
import { coverageIn } from './coverage.ts';
import { handOver, type RunsAs } from './hand-over.ts';
import type { Repository } from './repository.ts';
import { below } from './safe-path.ts';
import { countTests } from './test-count.ts';

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
  /** Percent, where the output tells it. */
  coverage?: number;
  logPath: string;
  /** Last 200 lines, masked. */
  tail: string;
  /** One line: `exit 1 in 12 s`, `timed out after 1200 s`, … */
  reason: string;
}

export interface ChecksDeps {
  repo: Repository;
  locked: <T>(task: () => Promise<T>) => Promise<T>;
  runsDir: string;
  /** Everything the command gets from us besides the fixed values (FORGE-40). */
  env: Readonly<Record<string, string>>;
  redact: (text: string) => string;
  killGraceMs: number;
  runsAs?: RunsAs | undefined;
}

const MAX_LOG_BYTES = 20 * 1024 * 1024;
const TAIL_LINES = 200;

/** Runs the check command in a clean checkout of exactly this SHA (FORGE-40); never throws for what it finds. */
export async function runChecks(deps: ChecksDeps, request: ChecksRequest): Promise<ChecksResult> {
  const startedAt = deps.repo.now();
  const output = createCappedOutput(MAX_LOG_BYTES);
  const judged = await judge(deps, request, output).catch((error: unknown) => ({
    state: 'error' as const,
    exitCode: null,
    reason: deps.redact(describeError(error)),
  }));
  const text = deps.redact(output.text());
  const logPath = below(deps.runsDir, `checks-${request.id}.log`);
  await mkdir(deps.runsDir, { recursive: true });
  await writeFile(logPath, text);
  const tests = countTests(text);
  const coverage = coverageIn(text);
  return {
    ...judged,
    sha: request.sha,
    command: request.command,
    durationMs: deps.repo.now() - startedAt,
    ...(tests === undefined ? {} : { tests }),
    ...(coverage === undefined ? {} : { coverage }),
    logPath,
    tail: text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n'),
  };
}

type Judged = Pick<ChecksResult, 'state' | 'exitCode' | 'reason'>;

async function judge(deps: ChecksDeps, request: ChecksRequest, output: CappedOutput): Promise<Judged> {
  const worktree = await deps.locked(() => openChecksWorktree(deps.repo, request));
  await mkdir(deps.repo.layout.checksHome, { recursive: true });
  await handOver(deps.runsAs, [worktree.dir, deps.repo.layout.checksHome], deps.env.PATH ?? '');
  const deadline = deps.repo.now() + request.deadlineMs;
  if (request.setup && worktree.needsSetup) {
    const setup = await runCommand(
      deps,
      { ...request, command: request.setup },
      { dir: worktree.dir, output },
    );
    if (setup.state !== 'success') return { ...setup, state: 'error', reason: `setup: ${setup.reason}` };
    await worktree.setupDone();
  }
  const deadlineMs = Math.max(1, deadline - deps.repo.now());
  return runCommand(deps, { ...request, deadlineMs }, { dir: worktree.dir, output });
}

async function runCommand(
  deps: ChecksDeps,
  request: ChecksRequest,
  at: { dir: string; output: CappedOutput },
): Promise<Judged> {
  const result = await runProcess({
    argv: ['sh', '-c', request.command],
    cwd: at.dir,
    env: { ...deps.env, ...FIXED_ENV, HOME: deps.repo.layout.checksHome },
    marker: { runId: markOf(`checks-${request.id}`, deps.runsDir) },
    deadlineMs: request.deadlineMs,
    killGraceMs: deps.killGraceMs,
    maxOutputBytes: 1024,
    onStdout: at.output.push,
    onStderr: at.output.push,
    ...(request.signal ? { signal: request.signal } : {}),
    ...deps.runsAs,
  });
  const seconds = (result.durationMs / 1_000).toFixed(1);
  if (result.timedOut)
    return {
      state: 'error',
      exitCode: null,
      reason: `timed out after ${Math.round(request.deadlineMs / 1_000)} s`,
    };
  if (result.cause !== null || result.exitCode === null)
    return {
      state: 'error',
      exitCode: null,
      reason: `stopped by ${result.cause ?? result.signal} after ${seconds} s`,
    };
  const state = result.exitCode === 0 ? 'success' : 'failure';
  return { state, exitCode: result.exitCode, reason: `exit ${result.exitCode} in ${seconds} s` };
}

const FIXED_ENV = { LANG: 'C.UTF-8', CI: 'true', GIT_TERMINAL_PROMPT: '0' };
