import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { AppError } from '../errors.ts';
import type { CliContext } from './context.ts';

/** Absolute path of a program on PATH, or null. */
export function findProgram(name: string, env: CliContext['env']): string | null {
  for (const dir of (env.PATH ?? '').split(delimiter).filter((entry) => entry.startsWith('/'))) {
    const path = join(dir, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Throws AppError `git-missing` with the line to run. */
export function requireGit(env: CliContext['env']): void {
  if (findProgram('git', env) !== null) return;
  throw new AppError('git-missing', 'git is needed; none was found on PATH.', {
    fault: 'environment',
    hint: 'Install it (for example: sudo apt-get install git), then run this again.',
  });
}
