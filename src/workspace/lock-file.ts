import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify } from '../subprocess.ts';

const LOOK_MS = 50;
const BEAT_MS = 5_000;
/** A holder that is not known to be dead is taken for lost after so many missed beats. */
const LOST_MS = 12 * BEAT_MS;

/** Where a process id means anything: containers of one host have numbers of their own. */
function pidSpace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

const SPACE = pidSpace();

/**
 * Runs `task` while this process alone holds `file` (FORGE-77): the control process and workers may share one
 * `ORCH_REPOS_DIR`. A holder that died is replaced, at once on its own host.
 */
export async function withLockFile<T>(file: string, task: () => Promise<T>): Promise<T> {
  const mine = JSON.stringify({ space: SPACE, pid: process.pid, id: randomUUID() });
  await mkdir(path.dirname(file), { recursive: true });
  while (!(await take(file, mine))) {
    await removeDead(file);
    await delay(LOOK_MS);
  }
  const beat = setInterval(() => void touch(file), BEAT_MS);
  beat.unref();
  try {
    return await task();
  } finally {
    clearInterval(beat);
    if ((await read(file)) === mine) await rm(file, { force: true });
  }
}

/** True when the file was made by us. */
const take = (file: string, mine: string): Promise<boolean> =>
  writeFile(file, mine, { flag: 'wx' }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );

const read = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(() => null);

const touch = (file: string): Promise<void> => {
  const now = new Date();
  return utimes(file, now, now).catch(() => undefined);
};

async function removeDead(file: string): Promise<void> {
  const found = await read(file);
  if (found === null || !(await isDead(file, found))) return;
  // Moved aside first: whoever else saw the dead one must not remove the lock of the next holder.
  const aside = `${file}.${randomUUID()}`;
  const moved = await rename(file, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await read(aside)) !== found) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

async function isDead(file: string, content: string): Promise<boolean> {
  const { space, pid } = holderOf(content);
  if (space === SPACE && pid !== undefined) return identify(pid) === null;
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > LOST_MS;
}

function holderOf(content: string): { space?: string; pid?: number } {
  try {
    return JSON.parse(content) as { space?: string; pid?: number };
  } catch {
    // Being written this very moment, or by a process that died meanwhile: its age decides.
    return {};
  }
}
