import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Plain git for tests, as a person at a shell would use it, with an identity and no user configuration. */
export async function git(dir: string, ...args: string[]): Promise<string> {
  const running = run('git', args, {
    cwd: dir,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Someone',
      GIT_AUTHOR_EMAIL: 'someone@example.test',
      GIT_COMMITTER_NAME: 'Someone',
      GIT_COMMITTER_EMAIL: 'someone@example.test',
    },
    maxBuffer: 64 * 1024 * 1024,
  });
  running.child.stdin?.end();
  const { stdout } = await running;
  return stdout.trim();
}

/** A new temporary directory and its removal. */
export async function temporaryDir(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'orch-git-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
