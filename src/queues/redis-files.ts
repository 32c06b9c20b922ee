import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import { identify, isAlive, type ProcessIdentity } from '../subprocess.ts';

/** Unix socket addresses end at 104 (macOS) or 108 bytes; REC-186 draws the line at 100. */
const MAX_SOCKET_PATH_BYTES = 100;

/** Where the private server of one data directory keeps its things. */
export interface RedisFiles {
  /** Append-only file, pid file, lock. */
  dir: string;
  socketPath: string;
  pidFile: string;
  /** Which process stops the server: a ProcessIdentity as JSON. */
  ownerFile: string;
  lockFile: string;
}

/**
 * Makes the private directories (mode 700) and names the files. Throws AppError `redis-dir-unwritable` or
 * `redis-runtime-dir-unsafe` (fault environment).
 */
export async function prepareRedisFiles(options: {
  dataDir: string;
  runtimeDir?: string | undefined;
}): Promise<RedisFiles> {
  const dataDir = resolve(options.dataDir);
  const dir = join(dataDir, 'redis');
  await makePrivate(dir);
  const near = join(dir, 'redis.sock');
  const socketPath =
    Buffer.byteLength(near) <= MAX_SOCKET_PATH_BYTES ? near : await farSocket(dataDir, options.runtimeDir);
  return {
    dir,
    socketPath,
    pidFile: join(dir, 'redis.pid'),
    ownerFile: join(dir, 'owner.json'),
    lockFile: join(dir, 'start.lock'),
  };
}

/** A short private directory, always the same one for the same data directory. */
async function farSocket(dataDir: string, runtimeDir: string | undefined): Promise<string> {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const dir = join(runtimeDir ?? tmpdir(), `orchestrator-${process.getuid?.() ?? 0}-${hash}`);
  await makePrivate(dir);
  const found = await lstat(dir);
  // The parent may be world-writable: somebody else's directory or link must not receive our socket.
  const ours = found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid);
  if (!ours || (found.mode & 0o077) !== 0) {
    throw new AppError(
      'redis-runtime-dir-unsafe',
      `A directory owned by this user with mode 700 was expected at ${dir}; something else is there.`,
      { fault: 'environment', hint: 'Remove it, or set a shorter data directory.' },
    );
  }
  return join(dir, 'redis.sock');
}

async function makePrivate(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if ((await lstat(dir)).isDirectory()) await chmod(dir, 0o700);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new AppError('redis-dir-unwritable', `A writable directory is needed at ${dir}; found ${code}.`, {
      fault: 'environment',
      hint: 'Correct its permissions or choose another data directory.',
      cause,
    });
  }
}

/** Content of the pid file, or null. */
export async function readPid(files: RedisFiles): Promise<number | null> {
  const pid = Number(await readFile(files.pidFile, 'utf8').catch(() => ''));
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/** True when a living process other than a dead predecessor owns the server. */
export async function hasLivingOwner(files: RedisFiles): Promise<boolean> {
  const owner = await readIdentity(files.ownerFile);
  return owner !== null && isAlive(owner);
}

/** Makes this process the one that stops the server. */
export const becomeOwner = (files: RedisFiles): Promise<void> =>
  writeFile(files.ownerFile, JSON.stringify(identify(process.pid)), { mode: 0o600 });

/**
 * Runs `work` while no other process of this machine does the same for this directory. A lock left by a dead
 * process is taken over. Throws AppError `redis-start-busy` after `waitMs`.
 */
export async function withStartLock<T>(
  files: RedisFiles,
  work: () => Promise<T>,
  waitMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + waitMs;
  while (!(await tryLock(files.lockFile))) {
    if (performance.now() > deadline) {
      throw new AppError('redis-start-busy', `Another process is still starting Redis in ${files.dir}.`, {
        fault: 'environment',
        retry: true,
        hint: `Stop it, or remove ${files.lockFile} if there is none.`,
      });
    }
    await delay(25);
  }
  try {
    return await work();
  } finally {
    await rm(files.lockFile, { force: true });
  }
}

async function tryLock(lockFile: string): Promise<boolean> {
  try {
    const handle = await open(lockFile, 'wx', 0o600);
    await handle.writeFile(JSON.stringify(identify(process.pid)));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await removeIfStale(lockFile);
    return false;
  }
}

async function removeIfStale(lockFile: string): Promise<void> {
  const holder = await readIdentity(lockFile);
  if (holder && isAlive(holder)) return;
  // Unreadable may mean half-written: give its writer a second.
  const age = Date.now() - (await lstat(lockFile).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
  if (holder || age > 1000) await rm(lockFile, { force: true });
}

async function readIdentity(path: string): Promise<ProcessIdentity | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}
