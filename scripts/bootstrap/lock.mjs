import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { inRoot, say } from './paths.mjs';

const LOCK = inRoot('.bootstrap.lock');
/** An install that compiles takes about two minutes on a slow machine. */
const WAIT_MS = 15 * 60_000;

/**
 * Runs `work` while no other bootstrap of this clone does; a lock left by a dead one is taken over.
 * @template T @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function withLock(work) {
  const deadline = Date.now() + WAIT_MS;
  for (let told = false; !tryLock(); told = true) {
    if (!told) say('Another start is preparing this clone; waiting for it …');
    if (Date.now() > deadline)
      throw new Error(`Another start still holds ${LOCK}. Stop it, or remove that file.`);
    await delay(200);
  }
  const release = () => rmSync(LOCK, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function tryLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw unwritable(error);
    if (isStale()) rmSync(LOCK, { force: true });
    return false;
  }
}

function isStale() {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'));
    // An empty file may be half-written: give its writer two seconds.
    if (!pid) return Date.now() - statSync(LOCK).mtimeMs > 2000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** @param {NodeJS.ErrnoException} error */
function unwritable(error) {
  return new Error(
    `The clone at ${inRoot()} must be writable to install and build; found ${error.code}. Correct its permissions or clone it elsewhere.`,
  );
}
