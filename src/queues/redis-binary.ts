import { AppError, describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { findProgram, isProgram } from '../subprocess.ts';
import { downloadRedis, privateRedisBin } from './redis-download.ts';

export interface FindRedisBinaryOptions {
  /** The value of `PATH`. */
  pathEnv: string;
  /** `ORCH_REDIS_SERVER_BIN`; wins over everything, and is an error when it cannot be run. */
  explicit?: string | undefined;
  /** The private copy lives in `<dataDir>/redis-server`. */
  dataDir: string;
  /** False: never touch the network. */
  download: boolean;
  log: Logger;
  /** Default `process.platform`; decides the wording of the last resort. */
  platform?: NodeJS.Platform;
}

/**
 * Absolute path of a Redis or Valkey server program (REC-186): explicit, else `redis-server` or `valkey-server`
 * on PATH, else the private copy, fetched now when allowed. Throws AppError `redis-binary-missing` or
 * `redis-binary-not-executable` (fault environment) with the one line to run.
 */
export async function findRedisBinary(options: FindRedisBinaryOptions): Promise<string> {
  const { pathEnv, explicit, dataDir, download, log } = options;
  if (explicit) return requireExecutable(explicit);
  const env = { PATH: pathEnv };
  const found = findProgram('redis-server', env) ?? findProgram('valkey-server', env);
  if (found) return found;
  const copy = privateRedisBin(dataDir);
  if (isProgram(copy)) return copy;
  if (!download) throw missing(options);
  if (!findProgram('apt-get', env) || !findProgram('dpkg', env)) throw missing(options);
  log.info({ dataDir }, 'no redis-server on PATH: fetching a private copy');
  try {
    return await downloadRedis({ dataDir, pathEnv });
  } catch (error) {
    throw /No space left|ENOSPC/.test(describeError(error))
      ? diskFull(options, error)
      : missing(options, error);
  }
}

function requireExecutable(path: string): string {
  if (isProgram(path)) return path;
  throw new AppError(
    'redis-binary-not-executable',
    `ORCH_REDIS_SERVER_BIN should name a Redis server program; ${path} cannot be run.`,
    { fault: 'environment', hint: 'Correct the path or unset it to use the one on PATH.' },
  );
}

const INSTALL_LINE: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Run: brew install redis',
  linux: 'Run: sudo apt-get install redis-server (or your distribution’s redis or valkey package)',
};

const diskFull = ({ dataDir }: FindRedisBinaryOptions, cause: unknown): AppError =>
  new AppError(
    'disk-full',
    `A private redis-server (about 10 MB) was to be put into ${dataDir}; the disk is full.`,
    { fault: 'environment', hint: 'Free some space or choose another data directory.', cause },
  );

function missing(options: FindRedisBinaryOptions, cause?: unknown): AppError {
  const line = INSTALL_LINE[options.platform ?? process.platform] ?? 'Run: docker run -p 6379:6379 redis:7';
  const why = cause === undefined ? '' : ` Fetching a private copy failed: ${describeError(cause)}`;
  return new AppError(
    'redis-binary-missing',
    `A redis-server or valkey-server program is needed; none was found on PATH.${why}`,
    { fault: 'environment', hint: `${line}, or set ORCH_REDIS_URL to a running server.`, cause },
  );
}
