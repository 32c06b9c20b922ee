import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../errors.ts';

export interface AgentUser {
  uid: number;
  gid: number;
  home: string;
}

/**
 * The unprivileged user of `ORCH_AGENT_USER` (AGENT-24); null where none is named. Throws AppError `no-agent-user`
 * for one the system does not know, `not-root` where we may not become it.
 */
export function findAgentUser(name: string | undefined, passwdFile = '/etc/passwd'): AgentUser | null {
  if (name === undefined) return null;
  const row = readFileSync(passwdFile, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([login]) => login === name);
  const [uid, gid] = [Number(row?.[2]), Number(row?.[3])];
  if (!row || !Number.isInteger(uid) || !Number.isInteger(gid)) {
    throw new AppError('no-agent-user', `ORCH_AGENT_USER is "${name}"; the system has no such user.`, {
      fault: 'user',
      hint: 'Create it, or name another.',
    });
  }
  if (process.getuid?.() !== 0 && process.getuid?.() !== uid) {
    throw new AppError('not-root', `ORCH_AGENT_USER is "${name}", which only root may become.`, {
      fault: 'user',
      hint: 'Start as root, or remove ORCH_AGENT_USER.',
    });
  }
  return { uid, gid, home: row[5] ?? '/' };
}

/** True where `bwrap` is installed: only there may the CLI scrub the environment of its shells (AGENT-22). */
export const hasBwrap = (pathEnv: string): boolean =>
  pathEnv.split(path.delimiter).some((dir) => dir !== '' && existsSync(path.join(dir, 'bwrap')));
