import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** Of util-linux, which every Debian and Red Hat has. */
const SETPRIV = '/usr/bin/setpriv';

type Argv = readonly [string, ...string[]];

/**
 * The same program, which Linux ends with SIGTERM the moment this process dies, however it dies. As it is where that cannot be
 * had, or where the program cannot be started: then the start fails in its own words.
 */
export function dyingWithUs([program, ...args]: Argv, env: Readonly<Record<string, string>>): Argv {
  const found = isProgram(SETPRIV) ? locate(program, env.PATH ?? '') : null;
  return found === null ? [program, ...args] : [SETPRIV, '--pdeathsig', 'TERM', '--', found, ...args];
}

function locate(program: string, searched: string): string | null {
  const places = program.includes('/')
    ? [program]
    : searched.split(path.delimiter).map((dir) => path.join(dir, program));
  return places.find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
