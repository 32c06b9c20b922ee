import path from 'node:path';
import { findProgram, isProgram } from './find-program.ts';

/** Of util-linux, which every Debian and Red Hat has. */
const SETPRIV = '/usr/bin/setpriv';

type Argv = readonly [string, ...string[]];

/**
 * The same program, which Linux ends with SIGTERM the moment this process dies, however it dies. As it is where that cannot be
 * had, or where the program cannot be started: then the start fails in its own words.
 */
export function dyingWithUs([program, ...args]: Argv, env: Readonly<Record<string, string>>): Argv {
  const found = isProgram(SETPRIV) ? findProgram(program, env) : null;
  // A relative path means another file where the program is to run.
  if (found === null || !path.isAbsolute(found)) return [program, ...args];
  return [SETPRIV, '--pdeathsig', 'TERM', '--', found, ...args];
}
