import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLockFile } from '../../src/workspace/lock-file.ts';
import { temporaryDir } from '../support/git/repository.ts';

const HOLDER = fileURLToPath(new URL('fixtures/lock-holder.ts', import.meta.url));
let dir: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ dir, remove } = await temporaryDir());
});
afterEach(() => remove());

const lock = () => path.join(dir, 'locks', 'shop.lock');
const counter = () => path.join(dir, 'counter');

function other(times: string): ChildProcess {
  const args = ['--import', 'tsx', HOLDER, lock(), counter(), times];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}
const add = (times: number) =>
  Promise.all(
    Array.from({ length: times }, () =>
      withLockFile(lock(), async () => {
        const before = Number(await readFile(counter(), 'utf8'));
        await new Promise((resolve) => setImmediate(resolve));
        await writeFile(counter(), String(before + 1));
      }),
    ),
  );

test('FORGE-77 processes that share ORCH_REPOS_DIR never work on one repository at once', async () => {
  await writeFile(counter(), '0');
  const others = [other('25'), other('25')];
  await Promise.all([add(10), ...others.map((child) => once(child, 'exit'))]);
  expect(others.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(await readFile(counter(), 'utf8')).toBe('60');
  expect(await readdir(path.dirname(lock()))).toEqual([]);
});

test('FORGE-77 a holder that was killed is replaced at once; one of another host when it is not heard of', async () => {
  const holder = other('hang');
  await once(holder.stdout as NodeJS.ReadableStream, 'data');
  let entered = false;
  const waiting = withLockFile(lock(), async () => {
    entered = true;
  });
  await writeFile(counter(), '0');
  expect(entered).toBe(false);
  holder.kill('SIGKILL');
  await waiting;
  expect(entered).toBe(true);
  await writeFile(lock(), JSON.stringify({ space: 'elsewhere', pid: 1 }));
  const longAgo = new Date(Date.now() - 120_000);
  await utimes(lock(), longAgo, longAgo);
  expect(await withLockFile(lock(), async () => 'mine')).toBe('mine');
});

test('FORGE-77 a task that throws gives the lock back', async () => {
  await expect(withLockFile(lock(), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLockFile(lock(), async () => 'next')).toBe('next');
});

test('a holder that was killed and that its parent has not taken notice of holds nothing', async () => {
  // `exec` leaves a parent that never asks for its child: the child stays a zombie.
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const taken = await withLockFile(lock(), async () => JSON.parse(await readFile(lock(), 'utf8')));
  await writeFile(lock(), JSON.stringify({ ...taken, pid: Number(line) }));
  expect(await withLockFile(lock(), async () => 'mine')).toBe('mine');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
});
