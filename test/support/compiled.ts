import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The program as it is installed. */
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Global set-up of the lanes that start the program: a start of the sources takes twice as much work as one of `dist`. */
export function setup(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bootstrap.mjs', 'build'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}
