import { expect, it } from 'vitest';
import { hookSource } from '../../src/delivery/hook-source.ts';

/** A repository with one hook on main and a weakened one on the task branch. */
const files: Record<string, string> = {
  'base:ops/deploy.sh': 'careful',
  'branch:ops/deploy.sh': 'weakened',
};
const readFile = async (sha: string, path: string) => files[`${sha}:${path}`] ?? null;

it.each(['./ops/deploy.sh', 'ops/deploy.sh'])(
  '%s is read at the base commit, never from the branch (SHIP-2)',
  async (script) => {
    expect(await hookSource({ script, baseSha: 'base', readFile })).toEqual({ text: 'careful' });
  },
);

it('an absolute path is a hook installed on the host', async () => {
  expect(await hookSource({ script: '/srv/deploy', baseSha: 'base', readFile })).toEqual({
    path: '/srv/deploy',
  });
});

it('a hook the base commit does not have is named with the setting to correct', async () => {
  await expect(hookSource({ script: './gone.sh', baseSha: 'base', readFile })).rejects.toMatchObject({
    code: 'deploy-hook-missing',
    hint: expect.stringContaining('deploy_hook.script'),
  });
});
