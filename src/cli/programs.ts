import { AppError } from '../errors.ts';
import { findProgram } from '../subprocess.ts';
import type { CliContext } from './context.ts';

/** Throws AppError `git-missing` with the line to run. */
export function requireGit(env: CliContext['env']): void {
  if (findProgram('git', env) !== null) return;
  throw new AppError('git-missing', 'git is needed; none was found on PATH.', {
    fault: 'environment',
    hint: 'Install it (for example: sudo apt-get install git), then run this again.',
  });
}
