/**
 * The one door for child processes: own process group, allow-listed environment, deadline, bounded
 * output, and an end that leaves nothing behind (AGENT-26, AGENT-27, REC-60).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { dyingWithUs } from './subprocess/die-with-us.ts';
import { spawnError } from './subprocess/spawn-error.ts';
import { findRunProcesses, RUN_MARKER, sendSignal, sweep } from './subprocess/sweep.ts';
import { createTail } from './subprocess/tail.ts';
import { recordTree } from './subprocess/tree.ts';

export { dyingWithUs } from './subprocess/die-with-us.ts';
export { findProgram, isProgram } from './subprocess/find-program.ts';
export { identify, isAlive, machineBootOf, type ProcessIdentity } from './subprocess/identity.ts';
export { findRunProcesses, markOf, type SweepResult, sweepRun } from './subprocess/sweep.ts';
export { createTail } from './subprocess/tail.ts';

export interface ProcessRequest {
  /** Program and its arguments; never a shell line. The program is looked up in `env.PATH`. */
  argv: readonly [string, ...string[]];
  cwd: string;
  /** The whole environment of the child: nothing is inherited from us. */
  env: Readonly<Record<string, string>>;
  /** Written to stdin, which is then closed. Absent: stdin is empty. */
  stdin?: string;
  /**
   * Sets `ORCH_RUN_ID` to this value (see `markOf`) and sweeps every process carrying it at the end; where the system
   * allows it the program dies with us. One that is to outlive us must not carry it.
   */
  marker?: { runId: string };
  /** Wall clock from spawn; reaching it stops the child with cause `deadline`. */
  deadlineMs?: number;
  /** SIGINT at once, SIGTERM at half of it, SIGKILL at its end. */
  killGraceMs: number;
  onStdout?: (chunk: Buffer) => void;
  onStderr?: (chunk: Buffer) => void;
  /** Called once, synchronously after the spawn. */
  onSpawn?: (pid: number) => void;
  /** Aborting stops the child; a string reason becomes the cause, else `aborted`. */
  signal?: AbortSignal;
  /** How much of the end of each stream is kept, in bytes. Output beyond it is not an error. */
  maxOutputBytes: number;
  /** Run as this user; needs root. */
  uid?: number;
  gid?: number;
}

export interface ProcessResult {
  /** Null when a signal ended it, or nothing was started. Proves nothing after a stop. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** True when the cause is `deadline`. */
  timedOut: boolean;
  /** Why we stopped it: the first recorded cause, null when it ended by itself. */
  cause: string | null;
  durationMs: number;
  stdoutTail: string;
  stderrTail: string;
  /** Processes the final sweep had to kill, and those it could not. */
  swept: { killed: number; left: number[] };
}

/**
 * Runs one child to its proven end. Resolves for every end of the child, good or bad; throws AppError
 * `process-not-found | process-not-executable | process-no-cwd | process-spawn-failed` when it never
 * started, and whatever an `on…` callback threw, after the child is gone.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const startedAt = performance.now();
  const output = createOutput(request);
  const finish = (end: Pick<ProcessResult, 'exitCode' | 'signal' | 'cause' | 'swept'>): ProcessResult => ({
    ...end,
    timedOut: end.cause === 'deadline',
    durationMs: Math.round(performance.now() - startedAt),
    ...output.tails(),
  });
  if (request.signal?.aborted) {
    const cause = causeOf(request.signal);
    return finish({ exitCode: null, signal: null, cause, swept: { killed: 0, left: [] } });
  }
  const child = await start(request);
  const pid = child.pid as number;
  const stopper = createStopper(child, request.killGraceMs);
  const tree = recordTree(pid);
  const unwatch = watchStops(request, stopper.stop);
  const closed = eventOf(child, 'close');
  const exited = eventOf(child, 'exit');
  output.attach(child, stopper.stop);
  feed(child, request.stdin);

  await exited;
  unwatch();
  stopper.done();
  tree.stop();
  sendSignal(-pid, 'SIGKILL');
  const runId = request.marker?.runId;
  const swept = await sweep(() => [...(runId ? findRunProcesses(runId) : []), ...tree.living()]);
  await drain(child, closed);
  output.rethrow();
  return finish({ exitCode: child.exitCode, signal: child.signalCode, cause: stopper.cause(), swept });
}

/** Tails and callbacks. A callback that throws stops the child; the throw is handed on at the end. */
function createOutput(request: ProcessRequest) {
  const stdout = createTail(request.maxOutputBytes);
  const stderr = createTail(request.maxOutputBytes);
  const failures: unknown[] = [];
  return {
    attach(child: ChildProcess, stop: (cause: string) => void): void {
      const guard = (call: () => void) => {
        try {
          call();
        } catch (error) {
          failures.push(error);
          stop('callback-failed');
        }
      };
      child.stdout?.on('data', (chunk: Buffer) => {
        stdout.push(chunk);
        guard(() => request.onStdout?.(chunk));
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        stderr.push(chunk);
        guard(() => request.onStderr?.(chunk));
      });
      guard(() => request.onSpawn?.(child.pid as number));
    },
    rethrow(): void {
      if (failures.length > 0) throw failures[0];
    },
    tails: () => ({ stdoutTail: stdout.text(), stderrTail: stderr.text() }),
  };
}

const eventOf = (child: ChildProcess, name: 'exit' | 'close'): Promise<void> =>
  new Promise((resolve) => {
    child.once(name, () => resolve());
  });

async function start(request: ProcessRequest): Promise<ChildProcess> {
  const { uid, gid, marker } = request;
  const [program, ...args] = marker ? dyingWithUs(request.argv, request.env) : request.argv;
  try {
    const child = spawn(program, args, {
      cwd: request.cwd,
      env: marker ? { ...request.env, [RUN_MARKER]: marker.runId } : { ...request.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      shell: false,
      detached: true,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    // Node reports a failed start by an event; a pid means the program runs.
    if (child.pid === undefined) throw (await once(child, 'error'))[0];
    child.on('error', () => {});
    return child;
  } catch (error) {
    throw spawnError(error as NodeJS.ErrnoException, request.argv[0], request.cwd);
  }
}

/** INT, TERM at half the grace, KILL at its end; the first cause is kept for good. */
function createStopper(child: ChildProcess, killGraceMs: number) {
  let cause: string | null = null;
  const timers: NodeJS.Timeout[] = [];
  const group = -(child.pid as number);
  return {
    stop(why: string): void {
      if (cause !== null) return;
      cause = why;
      sendSignal(group, 'SIGINT');
      timers.push(
        setTimeout(() => sendSignal(group, 'SIGTERM'), killGraceMs / 2),
        setTimeout(() => sendSignal(group, 'SIGKILL'), killGraceMs),
      );
    },
    done(): void {
      for (const timer of timers) clearTimeout(timer);
    },
    cause: () => cause,
  };
}

function watchStops(request: ProcessRequest, stop: (cause: string) => void): () => void {
  const { signal, deadlineMs } = request;
  const onAbort = () => stop(signal ? causeOf(signal) : 'aborted');
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = deadlineMs === undefined ? undefined : setTimeout(() => stop('deadline'), deadlineMs);
  return () => {
    signal?.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  };
}

function causeOf(signal: AbortSignal): string {
  return typeof signal.reason === 'string' ? signal.reason : 'aborted';
}

function feed(child: ChildProcess, text: string | undefined): void {
  // A child that does not read its input is no fault of ours (EPIPE).
  child.stdin?.on('error', () => {});
  child.stdin?.end(text ?? '');
}

/** Waits for the last output. A pipe still held by something that escaped is let go after a second. */
async function drain(child: ChildProcess, closed: Promise<void>): Promise<void> {
  const patience = new AbortController();
  await Promise.race([closed, delay(1000, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
  child.stdout?.destroy();
  child.stderr?.destroy();
}
