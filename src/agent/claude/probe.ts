import { runProcess } from '../../subprocess.ts';
import type { Env } from '../env.ts';
import { REQUIRED_FLAGS } from './argv.ts';

export interface ProbeOptions {
  bin: string;
  env: Env;
  cwd: string;
  user?: { uid: number; gid: number };
}

const PROBE_MS = 20_000;

/** Flags of ours that the CLI's help does not list; null when it does not start (AGENT-16). */
export async function missingFlags(options: ProbeOptions): Promise<string[] | null> {
  const help = await ask(options, ['--help']);
  return help === null ? null : REQUIRED_FLAGS.filter((flag) => !new RegExp(`${flag}\\b`).test(help));
}

/** True when the CLI says that it is logged in; a mere version proves nothing (AGENT-44). */
export async function isLoggedIn(options: ProbeOptions): Promise<boolean> {
  const answer = await ask(options, ['auth', 'status']);
  return answer !== null && /"loggedIn":\s*true/.test(answer);
}

/** Stdout of a call that ended with 0, else null. Spends no tokens. */
async function ask({ bin, env, cwd, user }: ProbeOptions, args: string[]): Promise<string | null> {
  const result = await runProcess({
    argv: [bin, ...args],
    cwd,
    env,
    deadlineMs: PROBE_MS,
    killGraceMs: 2000,
    maxOutputBytes: 256 * 1024,
    ...user,
  });
  return result.exitCode === 0 && result.cause === null ? result.stdoutTail : null;
}
