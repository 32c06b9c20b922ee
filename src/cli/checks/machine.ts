import { findProgram, runProcess } from '../../subprocess.ts';
import type { Check, Machine } from './check.ts';
import { ok, problem } from './finding.ts';

const OLDEST_NODE = [20, 19] as const;
/** `merge-tree --write-tree` is there since (FORGE-107). */
const OLDEST_GIT = [2, 38] as const;

/** True when `found` ("2.39.5") is `oldest` or newer. */
function recent(found: string, oldest: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = found.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/** The version a program prints; null when it does not start. */
async function versionOf(path: string, env: Machine['env']): Promise<string | null> {
  const ended = await runProcess({
    argv: [path, '--version'],
    cwd: '/',
    env: { PATH: env.PATH ?? '' },
    deadlineMs: 10_000,
    killGraceMs: 1000,
    maxOutputBytes: 1024,
  });
  return ended.exitCode === 0 ? (/\d+\.\d+[\w.]*/.exec(ended.stdoutTail)?.[0] ?? null) : null;
}

export const NODE: Check<Machine & { nodeVersion?: string }> = {
  name: 'node',
  about: `Node.js is ${OLDEST_NODE.join('.')} or newer`,
  look: ({ nodeVersion = process.versions.node }) =>
    recent(nodeVersion, OLDEST_NODE)
      ? [ok(nodeVersion)]
      : [problem(nodeVersion, `install Node.js ${OLDEST_NODE.join('.')} or newer from https://nodejs.org`)],
};

export const GIT: Check<Machine> = {
  name: 'git',
  about: `git is on PATH, starts, and is ${OLDEST_GIT.join('.')} or newer`,
  async look({ env }) {
    const path = findProgram('git', env);
    if (path === null) return [problem('not on PATH', 'sudo apt-get install git')];
    const version = await versionOf(path, env);
    if (version === null) return [problem(`${path} does not start`, 'reinstall git')];
    return recent(version, OLDEST_GIT)
      ? [ok(version)]
      : [problem(`${version} is too old`, `install git ${OLDEST_GIT.join('.')} or newer`)];
  },
};
