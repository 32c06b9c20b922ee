import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import { createEmbeddedRedis, type EmbeddedRedis } from '../../src/queues/embedded-redis.ts';
import { endRedis } from '../../src/queues/redis-process.ts';
import { identify } from '../../src/subprocess.ts';
import { testRedisBinary } from '../support/redis.ts';

const PARENT = fileURLToPath(new URL('fixtures/redis-parent.ts', import.meta.url));
let serverBin: string;
let dataDir: string;
let cleanUps: (() => Promise<unknown>)[];

beforeAll(async () => {
  serverBin = await testRedisBinary();
});
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'orch-emb-'));
  cleanUps = [() => rm(dataDir, { recursive: true, force: true })];
});
afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

async function create(extra: { runtimeDir?: string; dieWithParent?: boolean } = {}): Promise<EmbeddedRedis> {
  const server = await createEmbeddedRedis({
    dataDir,
    serverBin,
    log: silentLogger(),
    now: Date.now,
    ...extra,
  });
  cleanUps.push(() => server.stop());
  return server;
}

async function ask<T>(server: EmbeddedRedis, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ path: server.socketPath, maxRetriesPerRequest: 20 });
  client.on('error', () => {});
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not reached in 10 s: ${what}`);
    await delay(20);
  }
}

/** Another process that owns the server; resolves with the server's pid. */
async function startParent(dieWithParent: boolean): Promise<{ parent: ChildProcess; redisPid: number }> {
  const args = ['--import', 'tsx', PARENT, dataDir, serverBin, String(dieWithParent)];
  const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUps.push(async () => parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const redisPid = Number(line.toString());
  cleanUps.push(() => endRedis(redisPid));
  return { parent, redisPid };
}

async function killParent(parent: ChildProcess): Promise<void> {
  const gone = once(parent, 'exit');
  parent.kill('SIGKILL');
  await gone;
}

describe('embedded redis (REC-186)', () => {
  test('listens on a private unix socket only, with AOF every second and noeviction', async () => {
    const server = await create();
    expect((await stat(server.socketPath)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, 'redis'))).mode & 0o777).toBe(0o700);
    const config = await ask(server, async (client) => ({
      port: (await client.config('GET', 'port')) as string[],
      fsync: (await client.config('GET', 'appendfsync')) as string[],
      aof: (await client.config('GET', 'appendonly')) as string[],
      policy: (await client.config('GET', 'maxmemory-policy')) as string[],
    }));
    expect(Object.values(config).map((pair) => pair[1])).toEqual(['0', 'everysec', 'yes', 'noeviction']);
  });

  test('stop ends the server, a new start has the data back', async () => {
    const first = await create();
    await ask(first, (client) => client.set('answer', '42'));
    await first.stop();
    expect(identify(first.pid)).toBeNull();
    const second = await create();
    expect(second.adopted).toBe(false);
    expect(await ask(second, (client) => client.get('answer'))).toBe('42');
  });

  test('a socket path over 100 bytes moves to a short private runtime directory, the same one each time', async () => {
    const runtimeDir = await mkdtemp(join(tmpdir(), 'orch-run-'));
    cleanUps.push(() => rm(runtimeDir, { recursive: true, force: true }));
    dataDir = join(dataDir, 'deep'.repeat(30));
    const first = await create({ runtimeDir });
    expect(first.socketPath.startsWith(runtimeDir)).toBe(true);
    expect(Buffer.byteLength(first.socketPath)).toBeLessThanOrEqual(100);
    expect((await stat(join(first.socketPath, '..'))).mode & 0o777).toBe(0o700);
    await first.stop();
    expect((await create({ runtimeDir })).socketPath).toBe(first.socketPath);
  });

  test('left-over socket and pid files of a dead server do not hinder a start', async () => {
    await mkdir(join(dataDir, 'redis'), { recursive: true });
    for (const name of ['redis.sock', 'redis.pid']) await writeFile(join(dataDir, 'redis', name), '999999');
    await writeFile(
      join(dataDir, 'redis', 'start.lock'),
      JSON.stringify({ pid: 999999, startTime: '1', bootId: 'x' }),
    );
    expect((await create()).adopted).toBe(false);
  });

  test('a second start while the owner lives adopts, and its stop leaves the server running', async () => {
    const owner = await create();
    const guest = await create();
    expect(guest).toMatchObject({ adopted: true, pid: owner.pid });
    await guest.stop();
    expect(await ask(owner, (client) => client.ping())).toBe('PONG');
  });

  test('eight starts at once give one server', async () => {
    const servers = await Promise.all(Array.from({ length: 8 }, () => create()));
    expect(new Set(servers.map((server) => server.pid)).size).toBe(1);
    expect(servers.filter((server) => !server.adopted)).toHaveLength(1);
  });

  test('a survivor of a killed parent is adopted with its data, and ended by its new owner (section 17 number 10)', async () => {
    const { parent, redisPid } = await startParent(false);
    await killParent(parent);
    expect(identify(redisPid)).not.toBeNull();
    const server = await create();
    expect(server).toMatchObject({ adopted: true, pid: redisPid });
    await server.stop();
    expect(identify(redisPid)).toBeNull();
  });

  test('dies with a parent that gets SIGKILL', async (context) => {
    if (process.platform !== 'linux') context.skip('only Linux ties a child to its parent');
    const { parent, redisPid } = await startParent(true);
    await killParent(parent);
    await until('the server is gone', () => identify(redisPid) === null);
  });

  test('a server that is killed under us comes back with every acknowledged write', async () => {
    const server = await create();
    const killed = server.pid;
    await ask(server, (client) => client.set('kept', 'yes'));
    process.kill(killed, 'SIGKILL');
    await until('another process serves', () => server.pid !== killed);
    expect(await ask(server, (client) => client.get('kept'))).toBe('yes');
  });

  test('two processes that share a server share its replacement too', async () => {
    const owner = await create();
    const guest = await create();
    const killed = owner.pid;
    process.kill(killed, 'SIGKILL');
    await until('both use the same new server', () => owner.pid !== killed && guest.pid === owner.pid);
    expect(await ask(guest, (client) => client.ping())).toBe('PONG');
  });

  test('a server of somebody else behind the socket is refused with its pid', async () => {
    const server = await create();
    await writeFile(join(dataDir, 'redis', 'redis.pid'), '1');
    await expect(create()).rejects.toMatchObject({
      code: 'redis-socket-taken',
      message: expect.stringContaining(String(server.pid)),
    });
  });

  test('a truncated append-only file loads up to the cut', async () => {
    const path = await fillAndFindAof();
    await truncate(path, (await stat(path)).size - 5);
    const server = await create();
    expect(await ask(server, (client) => client.dbsize())).toBe(99);
  });

  test('a damaged append-only file is moved aside and the server starts empty', async () => {
    const path = await fillAndFindAof();
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill('?', 200, 400));
    const server = await create();
    expect(await ask(server, (client) => client.dbsize())).toBe(0);
    expect((await readdir(join(dataDir, 'redis'))).some((name) => name.includes('damaged'))).toBe(true);
  });

  test('a program that is no server gives one clear line', async () => {
    serverBin = '/bin/false';
    await expect(create()).rejects.toMatchObject({ code: 'redis-start-failed', fault: 'environment' });
    serverBin = await testRedisBinary();
  });
});

async function fillAndFindAof(): Promise<string> {
  const server = await create();
  await ask(server, async (client) => {
    for (let n = 0; n < 100; n += 1) await client.set(`key${n}`, 'value');
  });
  await server.stop();
  const dir = join(dataDir, 'redis', 'appendonlydir');
  const name = (await readdir(dir)).find((entry) => entry.includes('.incr.'));
  return join(dir, name ?? 'missing');
}
