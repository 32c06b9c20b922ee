import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import { createEmbeddedRedis } from '../../src/queues/embedded-redis.ts';
import { findRedisBinary } from '../../src/queues/redis-binary.ts';

/** Outlives a test run, so that a machine without redis-server fetches it once. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/orchestrator', import.meta.url));

/** A Redis server program, fetched when the machine has none. */
export const testRedisBinary = (): Promise<string> =>
  findRedisBinary({ pathEnv: process.env.PATH ?? '', dataDir: CACHE, download: true, log: silentLogger() });

export interface TestRedis {
  socketPath: string;
  /** Connections of the server besides our own, by id, as `CLIENT LIST` words them. */
  clients(): Promise<Map<string, string>>;
  stop(): Promise<void>;
}

/** A private real server in a temporary directory; `stop` removes both. */
export async function startTestRedis(): Promise<TestRedis> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orch-redis-'));
  const serverBin = await testRedisBinary();
  const server = await createEmbeddedRedis({ dataDir, serverBin, log: silentLogger(), now: Date.now });
  const admin = new Redis({ path: server.socketPath, maxRetriesPerRequest: null });
  // Tests may kill the server; the client comes back by itself.
  admin.on('error', () => {});
  const ownId = async () => String(await admin.client('ID'));
  return {
    socketPath: server.socketPath,
    clients: async () => {
      const own = await ownId();
      const lines = String(await admin.client('LIST'))
        .trim()
        .split('\n');
      const entries = lines.map((line) => [/^id=(\d+)/.exec(line)?.[1] ?? '', line] as const);
      return new Map(entries.filter(([id]) => id !== own));
    },
    stop: async () => {
      admin.disconnect();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface RedisForTests {
  readonly socketPath: string;
  /** Different in every test: use it as BullMQ `prefix` or in front of every key. */
  readonly prefix: string;
  /** ioredis/BullMQ connection options that wait for the server, as workers do. */
  readonly connection: { path: string; maxRetriesPerRequest: null };
  /** A connection that is the test's own to close: it goes when the test has ended, and counts as no leak. */
  connect(): Redis;
}

/**
 * One server for the calling test file (hooks are registered here). A test that leaves a connection open which
 * was not open before it fails: a worker, queue or client was not closed.
 */
export function withRedis(): RedisForTests {
  let server: TestRedis;
  let before = new Map<string, string>();
  let count = 0;
  const owned: Redis[] = [];
  beforeAll(async () => {
    server = await startTestRedis();
  });
  beforeEach(async () => {
    count += 1;
    before = await server.clients();
  });
  afterEach(async () => {
    for (const connection of owned.splice(0)) connection.disconnect();
    const leaked = await waitForNoLeak(server, before);
    if (leaked.length > 0) throw new Error(`The test left connections open:\n${leaked.join('\n')}`);
  });
  afterAll(() => server?.stop());
  return {
    get socketPath() {
      return server.socketPath;
    },
    connect() {
      const connection = new Redis({ path: server.socketPath, maxRetriesPerRequest: null });
      connection.on('error', () => undefined);
      owned.push(connection);
      return connection;
    },
    get prefix() {
      return `t${process.pid}x${count}`;
    },
    get connection() {
      return { path: server.socketPath, maxRetriesPerRequest: null };
    },
  };
}

/** Closed sockets leave the list a moment later: two seconds are enough for that. */
async function waitForNoLeak(server: TestRedis, before: ReadonlyMap<string, string>): Promise<string[]> {
  const deadline = performance.now() + 2000;
  for (;;) {
    const leaked = [...(await server.clients())].filter(([id]) => !before.has(id)).map(([, line]) => line);
    if (leaked.length === 0 || performance.now() > deadline) return leaked;
    await delay(20);
  }
}
