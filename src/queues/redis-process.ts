// A private daemon child is the one exception to the door `subprocess.ts`: that one runs a program to its end,
// keeps its output and sweeps its tree; a server lives as long as we do and dies with us by the kernel's hand.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import { dyingWithUs, identify, isAlive } from '../subprocess.ts';
import type { RedisFiles } from './redis-files.ts';
import { probeRedis } from './redis-probe.ts';

const START_MS = 20_000;
const LOADING_MS = 120_000;
const STOP_MS = 5000;

export interface StartRedisOptions {
  serverBin: string;
  files: RedisFiles;
  /** Linux: the server gets SIGTERM when this process dies. Without it a survivor is adopted at the next start. */
  dieWithParent: boolean;
}

export interface RedisProcess {
  pid: number;
  /** Resolves when the server has ended, with its last words. */
  ended: Promise<string>;
}

/** Starts the server and waits until it answers PING. Throws AppError `redis-start-failed` with its last words. */
export async function startRedis(options: StartRedisOptions): Promise<RedisProcess> {
  const { files } = options;
  await rm(files.socketPath, { force: true });
  await rm(files.pidFile, { force: true });
  const child = spawnServer(options);
  const tail = keepTail(child);
  const ended = once(child, 'exit').then(
    () => tail(),
    (error: Error) => error.message,
  );
  const startedAt = performance.now();
  let waitMs = 2;
  for (;;) {
    const lastWords = await Promise.race([ended, delay(waitMs)]);
    if (lastWords !== undefined) throw startFailed(options, lastWords);
    const answer = await probeRedis(files.socketPath);
    if (answer && !answer.loading) return { pid: answer.pid, ended };
    if (performance.now() - startedAt > (answer?.loading ? LOADING_MS : START_MS)) {
      child.kill('SIGKILL');
      throw startFailed(options, tail() || 'it did not answer PING in time');
    }
    waitMs = Math.min(waitMs * 2, 50);
  }
}

/** SIGTERM (the server flushes its file), SIGKILL after 5 s; returns when the process is gone. Never throws. */
export async function endRedis(pid: number): Promise<void> {
  const identity = identify(pid);
  if (!identity) return;
  const gone = async (withinMs: number): Promise<boolean> => {
    const deadline = performance.now() + withinMs;
    while (isAlive(identity)) {
      if (performance.now() > deadline) return false;
      await delay(10);
    }
    return true;
  };
  signal(pid, 'SIGTERM');
  if (await gone(STOP_MS)) return;
  signal(pid, 'SIGKILL');
  await gone(STOP_MS);
}

/** Resolves when a server that is not our child has ended, or on abort. Never rejects. */
export async function watchRedis(pid: number, stopping: AbortSignal): Promise<string> {
  const identity = identify(pid);
  while (identity && isAlive(identity) && !stopping.aborted) {
    await delay(500, undefined, { signal: stopping, ref: false }).catch(() => {});
  }
  return '';
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already, which is what we want.
  }
}

function spawnServer(options: StartRedisOptions): ChildProcess {
  const { serverBin, files, dieWithParent } = options;
  const server = [serverBin, ...serverArguments(files)] as const;
  const env = { LC_ALL: 'C' };
  const [program, ...args] = dieWithParent ? dyingWithUs(server, env) : server;
  return spawn(program, args, {
    cwd: files.dir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in the terminal must not end it before our ordered shutdown does.
    detached: true,
  });
}

function serverArguments(files: RedisFiles): string[] {
  return [
    ...['--port', '0', '--unixsocket', files.socketPath, '--unixsocketperm', '700'],
    ...['--dir', files.dir, '--pidfile', files.pidFile, '--daemonize', 'no'],
    ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
    ...['--maxmemory-policy', 'noeviction', '--loglevel', 'warning'],
  ];
}

function keepTail(child: ChildProcess): () => string {
  let text = '';
  const add = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-4000);
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text.trim();
}

function startFailed(options: StartRedisOptions, lastWords: string): AppError {
  const line = lastWords.split('\n').at(-1) ?? '';
  return new AppError(
    'redis-start-failed',
    `${options.serverBin} should serve ${options.files.dir}; it ended: ${line}`,
    {
      fault: 'environment',
      hint: 'Check free space and permissions there, or set ORCH_REDIS_URL to a running server.',
      cause: lastWords,
    },
  );
}
