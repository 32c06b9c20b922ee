import { existsSync, mkdtempSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the configuration asks of the machine; everything synchronous, so start-up has no half-read state. */
export interface Probes {
  /** Content of a file, or undefined when it does not exist; throws when it cannot be read. */
  readFile(path: string): string | undefined;
  /** Permission bits, or undefined when there is no such file. */
  fileMode(path: string): number | undefined;
  /** Why a directory cannot be created or written, or undefined when it can. Leaves nothing behind. */
  directoryProblem(path: string): string | undefined;
  /** Why we cannot run processes as this user, or undefined when we can. */
  userProblem(name: string): string | undefined;
  isRoot: boolean;
  /** What surrounds the process (SHIP-120). */
  host: { systemd: boolean; container: boolean; dockerSocket: boolean };
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Tries for real, in the nearest directory that exists: permission bits do not tell about full or read-only disks. */
function directoryProblem(path: string): string | undefined {
  let existing = path;
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    rmdirSync(mkdtempSync(join(existing, '.orchestrator-probe-')));
    return undefined;
  } catch (error) {
    const verb = existing === path ? 'be written' : `be created below "${existing}"`;
    return `cannot ${verb} (${codeOf(error)})`;
  }
}

/** Asks the system itself, so users of a directory service count; the effective user is put back at once. */
function userProblem(name: string): string | undefined {
  const before = process.geteuid?.();
  if (before === undefined || !process.seteuid) return 'this system cannot switch users';
  try {
    process.seteuid(name);
    process.seteuid(before);
    return undefined;
  } catch (error) {
    if (codeOf(error) === 'ERR_UNKNOWN_CREDENTIAL') return 'there is no such user';
    return `this process may not switch to it (${codeOf(error)}); it was not started as root`;
  }
}

/** Looks at the real machine. `env` is the process environment. */
export function createProbes(env: Readonly<Record<string, string | undefined>>): Probes {
  return {
    readFile,
    fileMode: (path) => statSync(path, { throwIfNoEntry: false })?.mode,
    directoryProblem,
    userProblem,
    isRoot: process.geteuid?.() === 0,
    host: {
      systemd: Boolean(env.INVOCATION_ID),
      container: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
      dockerSocket: existsSync('/var/run/docker.sock'),
    },
  };
}
