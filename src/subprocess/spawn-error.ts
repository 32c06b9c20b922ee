import { existsSync } from 'node:fs';
import { AppError } from '../errors.ts';

/** Turns a failed spawn into one clear line: what was expected, what was found, what to do. */
export function spawnError(cause: NodeJS.ErrnoException, program: string, cwd: string): AppError {
  const options = { fault: 'environment', cause } as const;
  if (!existsSync(cwd)) {
    return new AppError('process-no-cwd', `Expected the working directory ${cwd}, found none.`, options);
  }
  if (cause.code === 'ENOENT') {
    return new AppError('process-not-found', `Expected the program "${program}", found none.`, {
      ...options,
      hint: 'Install it, or give its path in the settings.',
    });
  }
  if (cause.code === 'EACCES' || cause.code === 'EPERM') {
    return new AppError(
      'process-not-executable',
      `Expected to be allowed to start "${program}", was refused.`,
      {
        ...options,
        hint: 'Check its permissions and the user we run as.',
      },
    );
  }
  const retry = cause.code === 'EAGAIN' || cause.code === 'ENOMEM' || cause.code === 'EMFILE';
  return new AppError(
    'process-spawn-failed',
    `Could not start "${program}": ${cause.code ?? cause.message}.`,
    {
      ...options,
      retry,
    },
  );
}
