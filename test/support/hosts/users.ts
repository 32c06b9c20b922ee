import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { killProcessesOf } from '../demo-process.ts';
import { startProgram } from '../program.ts';
import type { TestHosts } from './host.ts';

const NOBODY = 65_534;

/** Why no other users can be had here; null where they can. */
export const lackOfUsers = (): string | null =>
  process.getuid?.() === 0 ? null : 'programs of another user can be started by root only';

/**
 * Where no namespaces can be made: hosts with a directory of their own, as a user who may not enter the directories of
 * `hidden`. They share the network and cannot be cut off from it.
 */
export function createUsers(dir: string, hidden: readonly string[]): TestHosts {
  chmodSync(dir, 0o755);
  for (const one of hidden) chmodSync(one, 0o700);
  const under = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
  const dirs: string[] = [];
  return {
    kind: 'users',
    add(name) {
      const own = path.join(dir, name);
      mkdirSync(own, { recursive: true });
      chownSync(own, NOBODY, NOBODY);
      dirs.push(own);
      const notHere = (): never => {
        throw new Error('a host without a network of its own cannot be cut off');
      };
      return {
        ...{ name, dir: own, gateway: '127.0.0.1' },
        async start(argv, env) {
          const program = startProgram(argv, env, under);
          await program.ready();
          return program;
        },
        evaluate(script) {
          const [command = '', ...args] = [...under, process.execPath, '--eval', script];
          return execFileSync(command, args, { encoding: 'utf8', cwd: '/' }).trim();
        },
        crash: () => killProcessesOf(own),
        cut: notHere,
        mend: notHere,
      };
    },
    async remove() {
      for (const one of dirs) await killProcessesOf(one);
    },
  };
}
