import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** A browser program, or why there is none on this machine. */
export type Chromium = { path: string } | { missing: string };

declare module 'vitest' {
  export interface ProvidedContext {
    chromium: Chromium;
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Global set-up of the e2e lane: finds a browser, else installs Debian's where that is allowed. */
export default function setup(project: TestProject): void {
  project.provide('chromium', find() ?? install());
}

function find(): Chromium | undefined {
  const dirs = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
  const path = dirs.flatMap((dir) => NAMES.map((name) => join(dir, name))).find(isExecutable);
  return path ? { path } : undefined;
}

function install(): Chromium {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !isExecutable('/usr/bin/apt-get')) {
    return { missing: 'no Chromium on PATH, and only root on a Debian system can install it here' };
  }
  process.stderr.write('Installing chromium for the e2e lane (once) …\n');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, encoding: 'utf8', timeout: 300_000 } as const;
  spawnSync('apt-get', ['update'], options);
  const result = spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options);
  const lastLine = (result.stderr ?? '').trim().split('\n').at(-1) ?? '';
  return find() ?? { missing: `apt-get could not install chromium: ${lastLine}` };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
