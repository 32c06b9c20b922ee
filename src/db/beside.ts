import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../errors.ts';
import { runProcess } from '../subprocess.ts';
import { DRIVER } from './driver.ts';

const SCRIPT = fileURLToPath(new URL('./read-beside.mjs', import.meta.url));
const ANSWER_MAX_BYTES = 4 * 2 ** 20;

export type Row = Readonly<Record<string, unknown>>;

export interface BesideOptions {
  file: string;
  /** Ends the reading; the promise then rejects with `db-not-read`. */
  signal?: AbortSignal | undefined;
}

/**
 * The rows of each statement, or SQLite's words where it cannot read; read by a child with low priority, so that gigabytes stop
 * nothing here. Throws AppError `db-not-read` when there is no answer.
 */
export async function readBeside(
  statements: readonly string[],
  { file, signal }: BesideOptions,
): Promise<{ rows: Row[][] } | { error: string }> {
  const { stdoutTail, stderrTail, exitCode } = await runProcess({
    argv: [process.execPath, SCRIPT],
    stdin: JSON.stringify({ driver: DRIVER, file, statements }),
    cwd: path.dirname(file),
    env: {},
    killGraceMs: 500,
    maxOutputBytes: ANSWER_MAX_BYTES,
    ...(signal ? { signal } : {}),
  });
  if (exitCode === 0) return JSON.parse(stdoutTail);
  throw new AppError('db-not-read', `Reading ${file} ended with ${exitCode}: ${stderrTail.trim()}`, {
    fault: 'environment',
  });
}

/** `quick` leaves out whether indexes match their tables; `full` looks at that too and takes several times as long. */
const CHECKS = { quick: 'quick_check', full: 'integrity_check' } as const;

/** What SQLite finds wrong with a file, null when it is intact; see `readBeside`. */
export async function faultBeside({
  depth,
  ...options
}: BesideOptions & { depth: keyof typeof CHECKS }): Promise<string | null> {
  const answer = await readBeside([`pragma ${CHECKS[depth]}(1)`], options);
  if ('error' in answer) return answer.error;
  const found = String(answer.rows[0]?.[0]?.[CHECKS[depth]]);
  return found === 'ok' ? null : found;
}
