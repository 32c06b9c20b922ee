import { CommanderError } from 'commander';
import { AppError, describeError } from '../errors.ts';

/** How a failed command ends: exit code, and what is said on standard error. */
export interface Failure {
  exitCode: number;
  lines: readonly string[];
}

const USAGE = 2;
const CONFIG = 78;

/** Faults of the machine that come as bare system errors, and what to do about them. */
const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space, then run this again.',
  EDQUOT: 'The disk quota is used up: free some space, then run this again.',
  EROFS: 'The file system is read-only: choose another --data-dir.',
  EACCES: 'Check the permissions, or choose another --data-dir.',
  EPERM: 'Check the permissions, or choose another --data-dir.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n).',
  SQLITE_FULL: 'The disk is full: free some space, then run this again.',
  SQLITE_READONLY: 'The database cannot be written: check the permissions of the data directory.',
  SQLITE_BUSY: 'Another process holds the database: stop it, then run this again.',
  SQLITE_CANTOPEN: 'Check that the data directory exists and its permissions.',
  SQLITE_IOERR: 'Check the disk of the data directory.',
};

/** A usage error found after parsing (exit code 2). */
export const usageError = (message: string, hint = 'See: orchestrator help'): AppError =>
  new AppError('usage', message, { fault: 'user', hint });

/** Maps whatever a command threw to its end (REC-144). A stack trace only on request. */
export function failureOf(error: unknown, options: { debug: boolean }): Failure {
  if (error instanceof CommanderError) return usageFailure(error);
  const stack = options.debug && error instanceof Error ? [error.stack ?? ''] : [];
  if (error instanceof AppError) {
    if (error.code === 'invalid-config') return { exitCode: CONFIG, lines: error.message.split('\n') };
    return { exitCode: error.code === 'usage' ? USAGE : 1, lines: [oneLine(describeError(error)), ...stack] };
  }
  const what = oneLine(describeError(error)).replace(/\.$/, '');
  const hint = systemHint(error);
  const line =
    hint === undefined ? `Unexpected error: ${what}. ${bugHint(options.debug)}` : `${what}. ${hint}`;
  return { exitCode: 1, lines: [line, ...stack] };
}

/** Help and version are a success; everything else commander throws is a usage error. */
function usageFailure({ exitCode, code, message }: CommanderError): Failure {
  if (exitCode === 0) return { exitCode: 0, lines: [] };
  if (code === 'commander.help') return { exitCode: USAGE, lines: [] };
  const what = oneLine(message.replace(/^error: /, ''));
  return { exitCode: USAGE, lines: [`${what}${/[.)]$/.test(what) ? '' : '.'} See: orchestrator help`] };
}

function systemHint(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (typeof code !== 'string') return undefined;
  return SYSTEM_HINTS[code] ?? SYSTEM_HINTS[code.split('_').slice(0, 2).join('_')];
}

const bugHint = (debug: boolean): string =>
  debug
    ? 'This is a bug; please report it with the lines below.'
    : 'This is a bug; run again with ORCH_LOG_LEVEL=debug and report what it says.';

const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join(' ');
