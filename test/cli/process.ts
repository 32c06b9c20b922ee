import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { MAIN } from '../support/compiled.ts';
import type { Ran } from './context.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Started {
  /** Resolves when the process has ended and its streams are closed. */
  ended: Promise<Ran>;
  /** Resolves with the first line of standard output. */
  firstLine: Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** The program itself as a process with exactly this environment. */
export function spawnMain(argv: readonly string[], env: Record<string, string>): Started {
  const child = spawn(process.execPath, [MAIN, ...argv], {
    cwd: ROOT,
    env: { HOME: '/nonexistent', ORCH_ENV_FILE: '/dev/null', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const firstLine = new Promise<string>((resolve) => {
    let seen = '';
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes('\n')) resolve(seen.slice(0, seen.indexOf('\n')));
    });
  });
  const closed = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const ended = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(
    ([exitCode, stdout, stderr]) => ({ exitCode, stdout, stderr }),
  );
  return { ended, firstLine, kill: (signal) => void child.kill(signal) };
}

/** Runs the program to its end. */
export const runMain = (argv: readonly string[], env: Record<string, string>): Promise<Ran> =>
  spawnMain(argv, env).ended;

/** A port something listens on until the test ends. */
export async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
