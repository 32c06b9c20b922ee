import { expect, test } from 'vitest';
import { findOwnContainer } from '../../src/delivery/own-container.ts';
import type { ProcessRequest, ProcessResult } from '../../src/subprocess.ts';

const ID = 'c0ffee'.repeat(11).slice(0, 64);
const MOUNTS = `712 700 8:1 /var/lib/docker/containers/${ID}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n`;

function docker(exitCode: number, stdoutTail: string) {
  const asked: string[] = [];
  const run = async ({ argv }: ProcessRequest): Promise<ProcessResult> => {
    asked.push(argv.join(' '));
    return { exitCode, stdoutTail, stderrTail: '' } as ProcessResult;
  };
  return { asked, run };
}

test('the helper shares the container this process is in, by the id docker mounted (SHIP-120)', async () => {
  const { asked, run } = docker(0, 'sha256:abc\n');
  expect(await findOwnContainer({ env: {}, run, mounts: MOUNTS })).toEqual({ id: ID, image: 'sha256:abc' });
  expect(asked).toEqual([`docker inspect --type=container --format {{.Image}} -- ${ID}`]);
});

test('a container docker does not know is a fault that says what to set', async () => {
  const { run } = docker(1, '');
  await expect(findOwnContainer({ env: {}, run, mounts: MOUNTS })).rejects.toMatchObject({
    code: 'own-container-unknown',
    hint: expect.stringContaining('ORCH_DEPLOY_HOOK_VIA'),
  });
});
