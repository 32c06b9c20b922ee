import type { GitResult } from './git.ts';

/** What git said about one pushed ref, before anybody looked at the forge. */
export type PushReport =
  | { kind: 'pushed' | 'up-to-date' }
  | { kind: 'moved' }
  | { kind: 'refused' | 'transient'; reason: string };

/** Text of git and of HTTP servers that means "no", not "not now". */
const PERMANENT =
  /authentication failed|could not read (username|password)|permission|denied|forbidden|returned error: 40[0134]|not found|archived|protected|declined/i;

/**
 * Reads `git push --porcelain` for exactly one ref. The only place that matches git's words (LC_ALL=C); everything
 * unrecognised is `transient`, because the next attempt looks at the facts again.
 */
export function readPushReport(result: GitResult): PushReport {
  const line = result.stdout.split('\n').find((entry) => /^[ +*=!-]\t/.test(entry));
  const flag = line?.[0];
  if (flag === '=') return { kind: 'up-to-date' };
  if (result.exitCode === 0 && flag !== '!') return { kind: 'pushed' };
  const summary = line?.split('\t')[2] ?? '';
  if (/^\[rejected\]/.test(summary)) return { kind: 'moved' };
  if (/cannot lock ref|failed to update ref|fetch first|incorrect old value/.test(summary))
    return { kind: 'moved' };
  if (/^\[remote rejected\]/.test(summary)) return { kind: 'refused', reason: summary };
  const said = result.stderr.split('\n').filter(Boolean).slice(-3).join('; ') || `exit ${result.exitCode}`;
  return { kind: PERMANENT.test(said) ? 'refused' : 'transient', reason: said };
}

/** True when a call that talks to the forge was refused for good: a wrong token, no right, no such repository. */
export const isRefusal = (command: string | undefined, stderr: string): boolean =>
  (command === 'fetch' || command === 'ls-remote') && PERMANENT.test(stderr);
