import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import { createEmbeddedRedis } from '../../src/queues/embedded-redis.ts';
import { type FindRedisBinaryOptions, findRedisBinary } from '../../src/queues/redis-binary.ts';
import { privateRedisBin } from '../../src/queues/redis-download.ts';
import { testRedisBinary } from '../support/redis.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'orch-bin-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const find = (options: Partial<FindRedisBinaryOptions> = {}): Promise<string> =>
  findRedisBinary({
    pathEnv: join(dir, 'bin'),
    dataDir: dir,
    download: false,
    log: silentLogger(),
    ...options,
  });

async function program(path: string, text = '#!/bin/sh\nexit 1\n'): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

describe('the Redis program (REC-186)', () => {
  test('the explicit one wins over PATH', async () => {
    await program(join(dir, 'bin/redis-server'));
    const explicit = await program(join(dir, 'mine'));
    expect(await find({ explicit })).toBe(explicit);
  });

  test('an explicit one that cannot be run is refused with its path', async () => {
    await expect(find({ explicit: join(dir, 'absent') })).rejects.toMatchObject({
      code: 'redis-binary-not-executable',
      message: expect.stringContaining('absent'),
    });
  });

  test('redis-server goes before valkey-server, valkey-server before the private copy', async () => {
    const copy = await program(privateRedisBin(dir));
    expect(await find()).toBe(copy);
    const valkey = await program(join(dir, 'bin/valkey-server'));
    expect(await find()).toBe(valkey);
    const redis = await program(join(dir, 'bin/redis-server'));
    expect(await find()).toBe(redis);
  });

  test.each([
    ['linux', /apt-get install redis-server/],
    ['darwin', /brew install redis/],
    ['win32', /docker run/],
  ] as const)('without any, %s is told its one line', async (platform, line) => {
    await expect(find({ platform })).rejects.toMatchObject({
      code: 'redis-binary-missing',
      fault: 'environment',
      hint: expect.stringMatching(line),
    });
  });

  test('a download that fails says why and leaves nothing behind', async () => {
    for (const name of ['apt-get', 'apt-cache', 'dpkg-query', 'dpkg']) {
      await program(join(dir, 'bin', name), '#!/bin/sh\necho "E: no network" >&2\nexit 100\n');
    }
    const dataDir = join(dir, 'data');
    await expect(find({ dataDir, download: true })).rejects.toMatchObject({
      code: 'redis-binary-missing',
      message: expect.stringContaining('E: no network'),
    });
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('a private copy is fetched without root and serves, also from a directory with a space', async (context) => {
    const tools = join(dir, 'tools');
    await mkdir(tools);
    const names = ['sh', 'apt-get', 'apt-cache', 'dpkg', 'dpkg-query', 'dpkg-deb', 'tar', 'rm', 'zstd', 'xz'];
    for (const name of names) await symlink(`/usr/bin/${name}`, join(tools, name));
    const dataDir = join(dir, 'with space');
    const bin = await find({ pathEnv: tools, dataDir, download: true }).catch((error: Error) => {
      // Only a machine without apt or without network may pass this by, and says so.
      if (/ended with 100|none was found on PATH\.$/.test(error.message)) return context.skip(error.message);
      throw error;
    });
    expect(bin).toBe(privateRedisBin(dataDir));
    const server = await createEmbeddedRedis({ dataDir, serverBin: bin, log: silentLogger(), now: Date.now });
    await server.stop();
  });

  test('the tests themselves have a program', async () => {
    expect(await testRedisBinary()).toMatch(/^\//);
  });
});
