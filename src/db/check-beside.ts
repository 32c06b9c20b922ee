import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../errors.ts';
import { runProcess } from '../subprocess.ts';
import { DRIVER } from './driver.ts';

const SCRIPT = fileURLToPath(new URL('./check-file.mjs', import.meta.url));

/** `quick` leaves out whether indexes match their tables; `full` looks at that too and takes several times as long. */
const PRAGMAS = { quick: 'quick_check(1)', full: 'integrity_check(1)' } as const;

export interface BesideOptions {
  file: string;
  depth: keyof typeof PRAGMAS;
  /** Ends the look; the promise then rejects with `db-not-checked`. */
  signal?: AbortSignal;
}

/**
 * What SQLite finds wrong with a file, null when it is intact; looked at by a child with low priority, so that gigabytes stop
 * nothing here. Throws AppError `db-not-checked` when there is no answer.
 */
export async function faultBeside({ file, depth, signal }: BesideOptions): Promise<string | null> {
  const { stdoutTail, stderrTail, exitCode } = await runProcess({
    argv: [process.execPath, SCRIPT],
    stdin: JSON.stringify({ driver: DRIVER, file, pragma: PRAGMAS[depth] }),
    cwd: path.dirname(file),
    env: {},
    killGraceMs: 500,
    maxOutputBytes: 16_384,
    ...(signal ? { signal } : {}),
  });
  if (exitCode === 0) return (JSON.parse(stdoutTail) as { fault: string | null }).fault;
  throw new AppError('db-not-checked', `The check of ${file} ended with ${exitCode}: ${stderrTail.trim()}`, {
    fault: 'environment',
  });
}
