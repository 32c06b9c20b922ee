import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import {
  becomeOwner,
  hasLivingOwner,
  prepareRedisFiles,
  type RedisFiles,
  readPid,
  withStartLock,
} from './redis-files.ts';
import { probeRedis } from './redis-probe.ts';
import { endRedis, type RedisProcess, startRedis, watchRedis } from './redis-process.ts';

export interface EmbeddedRedisOptions {
  dataDir: string;
  /** Parent of the socket's directory where the data directory's path is too long. Default: the system's temporary directory. */
  runtimeDir?: string | undefined;
  /** From `findRedisBinary`. */
  serverBin: string;
  log: Logger;
  /** Epoch ms; names the directory a damaged file is moved to. */
  now: () => number;
  /** Default true. False leaves a survivor when this process is killed (where the system cannot do better, it is so anyway). */
  dieWithParent?: boolean;
}

export interface EmbeddedRedis {
  socketPath: string;
  /** Current server process; changes when a crashed server was started again. */
  readonly pid: number;
  /** True when a server was running already. */
  adopted: boolean;
  /** Ends the server if this process owns it, else only lets go. Idempotent, bounded to about 10 s, never throws. */
  stop(): Promise<void>;
}

/**
 * The private Redis of one data directory (REC-186): on a unix socket only, AOF every second, no eviction. A
 * living server with a matching pid file is adopted; while its owner lives, `stop` leaves it running. A server
 * that dies under us is started again. A damaged append-only file is moved aside: the database is the truth and
 * re-publishes what was in it. Throws AppError `redis-…` (fault environment).
 */
export async function createEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const files = await prepareRedisFiles(options);
  const stopping = new AbortController();
  const holdIt = () => withStartLock(files, () => hold(files, options, stopping.signal));
  let held = await holdIt();
  const { adopted } = held;
  const supervised = (async () => {
    while (!stopping.signal.aborted) {
      const lastWords = await held.server.ended;
      if (stopping.signal.aborted) return;
      options.log.warn({ lastWords }, 'embedded redis ended unexpectedly: starting it again');
      held = (await holdAgain(holdIt, options.log, stopping.signal)) ?? held;
    }
  })();
  return {
    socketPath: files.socketPath,
    get pid() {
      return held.server.pid;
    },
    adopted,
    stop: async () => {
      stopping.abort();
      if (held.owned) await endRedis(held.server.pid);
      await supervised;
      // Started in the moment we were asked to stop.
      if (held.owned) await endRedis(held.server.pid);
    },
  };
}

/** The server we use, whether it ran already, and whether it is ours to end. */
interface Held {
  server: RedisProcess;
  adopted: boolean;
  owned: boolean;
}

async function hold(files: RedisFiles, options: EmbeddedRedisOptions, stopping: AbortSignal): Promise<Held> {
  const answer = await probeRedis(files.socketPath);
  if (!answer) {
    const server = await launch(files, options);
    await becomeOwner(files);
    return { server, adopted: false, owned: true };
  }
  const pid = await readPid(files);
  if (answer.pid !== pid) throw socketTaken(files, pid, answer.pid);
  const owned = !(await hasLivingOwner(files));
  if (owned) await becomeOwner(files);
  options.log.info({ pid, owned }, 'adopted the running embedded redis');
  return { server: { pid, ended: watchRedis(pid, stopping) }, adopted: true, owned };
}

/** Tries until it works or we stop (null); waits 0.25 s, doubling to 5 s. */
async function holdAgain(
  holdIt: () => Promise<Held>,
  log: Logger,
  stopping: AbortSignal,
): Promise<Held | null> {
  for (let waitMs = 250; ; waitMs = Math.min(waitMs * 2, 5000)) {
    // Only an abort rejects a delay, and then we are stopping.
    await delay(waitMs, undefined, { signal: stopping, ref: false }).catch(() => {});
    if (stopping.aborted) return null;
    try {
      return await holdIt();
    } catch (error) {
      log.warn({ err: error }, 'embedded redis could not be started again yet');
    }
  }
}

function socketTaken(files: RedisFiles, expected: number | null, found: number): AppError {
  return new AppError(
    'redis-socket-taken',
    `The server behind ${files.socketPath} should be process ${expected ?? 'of our pid file'}; process ${found} answered.`,
    { fault: 'environment', hint: 'End that process, then start again.' },
  );
}

async function launch(files: RedisFiles, options: EmbeddedRedisOptions): Promise<RedisProcess> {
  const request = { serverBin: options.serverBin, files, dieWithParent: options.dieWithParent ?? true };
  try {
    return await startRedis(request);
  } catch (error) {
    if (!isDamagedFile(error)) throw error;
    const aside = join(files.dir, `appendonlydir.damaged-${options.now()}`);
    await rename(join(files.dir, 'appendonlydir'), aside);
    options.log.warn(
      { aside },
      'the append-only file of embedded redis is damaged: moved aside, starting empty',
    );
    return startRedis(request);
  }
}

/** Redis says it only in words: these are of 7.0 to 8 and Valkey. A full disk or a refused read is not damage. */
function isDamagedFile(error: unknown): boolean {
  return (
    error instanceof AppError &&
    typeof error.cause === 'string' &&
    /Bad file format|Unexpected end of file|AOF loading aborted|Invalid AOF manifest|AOF .*doesn't exist/i.test(
      error.cause,
    )
  );
}
