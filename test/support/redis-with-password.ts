import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './ports.ts';
import { testRedisBinary } from './redis.ts';
import { until } from './until.ts';

export interface RedisWithPassword {
  /** On loopback. */
  url: string;
  /** On another of its addresses. */
  urlAt(address: string): string;
  stop(): Promise<void>;
}

/** A real server on TCP that asks for a password, as between hosts (REC-183). */
export async function startRedisWithPassword(more: readonly string[] = []): Promise<RedisWithPassword> {
  const dir = await mkdtemp(path.join(tmpdir(), 'orch-redis-tcp-'));
  const port = await freePort();
  const password = 'between-the-hosts';
  const settings = { port, requirepass: password, dir, save: '', appendonly: 'no' };
  const addresses = [...new Set(['127.0.0.1', ...more])];
  const args = [
    ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...['--bind', ...addresses],
  ];
  const child = spawn(await testRedisBinary(), [...args, '--maxmemory-policy', 'noeviction'], {
    stdio: 'ignore',
  });
  const urlAt = (address: string): string => `redis://:${password}@${address}:${port}`;
  const url = urlAt('127.0.0.1');
  const probe = new Redis(url, { lazyConnect: true, retryStrategy: () => 50 });
  probe.on('error', () => {});
  await until(() => probe.ping().catch(() => null), { what: 'redis answers' });
  probe.disconnect();
  return {
    url,
    urlAt,
    async stop() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(dir, { recursive: true, force: true });
    },
  };
}
