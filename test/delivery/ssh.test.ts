import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createHostHooks } from '../../src/delivery/host-hooks.ts';
import { createSshHookStore } from '../../src/delivery/ssh-store.ts';
import { runProcess } from '../../src/subprocess.ts';
import { hookRun, WRAPPER } from './support/hooks.ts';
import { poll } from './support/poll.ts';
import { useTempDirs } from './support/temp-dir.ts';

const makeDir = useTempDirs();

/** A deploy host played by a program `ssh` that runs its script here. */
async function playHost() {
  const dir = await makeDir();
  const bin = join(dir, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'ssh'), `#!/bin/sh\necho "$@" >>${dir}/calls\nexec sh -s\n`);
  await chmod(join(bin, 'ssh'), 0o755);
  const env = { PATH: `${bin}:${process.env.PATH}`, ALIVE_EVERY_S: '0.05' };
  const host = { nodePath: process.execPath, root: true, ssh: { host: 'prod', user: 'deploy' } };
  return { dir, env, host };
}

it('a hook is carried to the deploy host, run there and read back (SHIP-120, SHIP-121)', async () => {
  const { dir, env, host } = await playHost();
  const stateDir = join(dir, "state of 'deploys'");
  const runner = createHostHooks({
    transport: 'ssh',
    stateDir,
    wrapper: WRAPPER,
    host,
    env,
    run: runProcess,
    now: Date.now,
  });
  const run = { ...hookRun('echo "$VALUE"'), env: { PATH: process.env.PATH ?? '', VALUE: `it's "$(id)" ü` } };
  await runner.start(run);
  const sight = await poll(async () => {
    const seen = await runner.look(run);
    return seen.result && seen;
  });
  expect(sight).toMatchObject({
    started: { deploy_id: 'd1' },
    result: { exit_code: 0, log_tail: run.env.VALUE },
  });
  expect(await readFile(join(dir, 'calls'), 'utf8')).toContain('deploy@prod sh -s');
});

it('a host that does not answer is a fault worth a retry, never "no result"', async () => {
  const store = createSshHookStore({
    stateDir: '/state',
    shell: async () => ({
      exitCode: 255,
      stdout: '',
      stderr: 'ssh: connect to host prod: Connection refused\n',
    }),
  });
  await expect(store.read('d1')).rejects.toMatchObject({
    code: 'deploy-host-unreachable',
    retry: true,
    message: expect.stringContaining('Connection refused'),
  });
});
