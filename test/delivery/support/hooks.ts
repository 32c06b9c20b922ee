import { readFileSync } from 'node:fs';
import { createHookRunner, type HookRunner, type HookRunnerDeps } from '../../../src/delivery/hook-runner.ts';
import { createLocalHookStore } from '../../../src/delivery/hook-store.ts';
import { runProcess } from '../../../src/subprocess.ts';

export const WRAPPER = readFileSync(new URL('../../../scripts/deploy-wrapper.sh', import.meta.url), 'utf8');

/** A runner on this host whose wrapper beats every 50 ms. */
export function createTestRunner(stateDir: string, changes: Partial<HookRunnerDeps> = {}): HookRunner {
  const env = { PATH: process.env.PATH ?? '', ALIVE_EVERY_S: '0.05' };
  return createHookRunner({
    transport: 'setsid',
    store: createLocalHookStore({ stateDir, now: Date.now }),
    stateDir,
    wrapper: WRAPPER,
    host: { nodePath: process.execPath, root: true },
    env,
    run: runProcess,
    ...changes,
  });
}

/** A run of a hook that is this shell text. */
export const hookRun = (text: string, changes: { deployId?: string; sha?: string } = {}) => ({
  deployId: changes.deployId ?? 'd1',
  sha: changes.sha ?? 'a'.repeat(40),
  mode: 'deploy' as const,
  hook: { text: `#!/bin/sh\n${text}\n` },
  env: { PATH: process.env.PATH ?? '', HOME: '/nowhere' },
});
