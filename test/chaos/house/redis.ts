import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../support/ports.ts';
import { testRedisBinary } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

/** A real server, and between it and the system a line that can be slow or cut. */
export interface ChaosRedis {
  /** Of the line: what the processes are told. */
  url: string;
  kill(): Promise<void>;
  /** Starts it again; `empty` without what it had. */
  start(options?: { empty?: boolean }): Promise<void>;
  flush(): Promise<void>;
  /** False also while nobody answers. */
  has(key: string): Promise<boolean>;
  /** `CLIENT PAUSE`: it takes commands and answers later. */
  pause(ms: number): Promise<void>;
  line: { delayMs: number; cut(): void; mend(): void };
  close(): Promise<void>;
}

export async function startChaosRedis(dir: string): Promise<ChaosRedis> {
  const [port, linePort] = [await freePort(), await freePort()];
  const bin = await testRedisBinary();
  const args = { port, bind: '127.0.0.1', dir, save: '', appendonly: 'yes', appendfsync: 'everysec' };
  const argv = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
  let server: ChildProcess | null = null;
  const admin = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => 50 });
  admin.on('error', () => {});
  const start = async ({ empty = false } = {}) => {
    if (empty) rmSync(path.join(dir, 'appendonlydir'), { recursive: true, force: true });
    server = spawn(bin, [...argv, '--maxmemory-policy', 'noeviction', '--loglevel', 'warning'], {
      stdio: 'ignore',
    });
    await until(() => admin.ping().catch(() => null), { what: 'redis answers', everyMs: 20 });
  };
  const kill = async () => {
    if (server === null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
    server = null;
  };
  await start();
  const { line, close } = await openLine(linePort, port);
  return {
    url: `redis://127.0.0.1:${linePort}`,
    kill,
    start,
    flush: async () => void (await admin.flushall()),
    has: async (key) => server !== null && (await admin.exists(key).catch(() => 0)) === 1,
    pause: async (ms) => void (await admin.client('PAUSE', ms)),
    line,
    async close() {
      admin.disconnect();
      close();
      await kill();
    },
  };
}

/** A TCP line to the server. Cut, it refuses; slow, every piece comes later. */
async function openLine(port: number, to: number): Promise<{ line: ChaosRedis['line']; close: () => void }> {
  const open = new Set<Socket>();
  let isCut = false;
  const line = {
    delayMs: 0,
    cut() {
      isCut = true;
      for (const socket of open) socket.destroy();
    },
    mend() {
      isCut = false;
    },
  };
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(to, '127.0.0.1');
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('error', () => into.destroy());
      from.on('close', () => {
        open.delete(from);
        into.destroy();
      });
      carry(line, from, into);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    line,
    close: () => {
      line.cut();
      server.close();
    },
  };
}

/** In order, whatever the delay is by then. */
function carry(line: { delayMs: number }, from: Socket, into: Socket): void {
  let last = Promise.resolve();
  from.on('data', (piece: Buffer) => {
    const { delayMs } = line;
    if (delayMs === 0) last = last.then(() => void (into.destroyed || into.write(piece)));
    else {
      const due = delay(delayMs, undefined, { ref: false });
      last = last.then(() => due).then(() => void (into.destroyed || into.write(piece)));
    }
  });
}
