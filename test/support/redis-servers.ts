import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './ports.ts';
import { testRedisBinary } from './redis.ts';
import { until } from './until.ts';

/** Real servers of one test file, each on a port of loopback; `stop` ends them and removes what they wrote. */
export interface Servers {
  dir: string;
  start(
    args: readonly string[],
    more?: { sentinel?: string },
  ): Promise<{ port: number; child: ChildProcess }>;
  stop(): Promise<void>;
}

export async function redisServers(): Promise<Servers> {
  const dir = mkdtempSync(join(tmpdir(), 'orch-servers-'));
  const bin = await testRedisBinary();
  const children: ChildProcess[] = [];
  return {
    dir,
    async start(args, { sentinel } = {}) {
      const port = await freePort();
      const own = mkdtempSync(join(dir, 'server-'));
      const common = ['--dir', own, '--bind', '127.0.0.1', '--save', ''];
      const given = args.map((arg) => arg.replace('PORT', String(port)));
      const listen = args.includes('--tls-port') ? ['--port', '0'] : ['--port', String(port)];
      if (sentinel !== undefined) {
        writeFileSync(join(own, 'sentinel.conf'), sentinel);
        given.unshift(join(own, 'sentinel.conf'), '--sentinel');
      }
      const child = spawn(bin, [...given, ...listen, ...(sentinel === undefined ? common : ['--dir', own])], {
        stdio: 'ignore',
      });
      children.push(child);
      return { port, child };
    },
    async stop() {
      for (const child of children) child.kill('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Waits until a server answers as it should. */
export async function answers(port: number, holds: (redis: Redis) => Promise<boolean>): Promise<void> {
  const redis = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  try {
    await until(() => holds(redis).catch(() => false), { what: `the server on ${port}`, deadlineMs: 30_000 });
  } finally {
    redis.disconnect();
  }
}

/** An authority and a server certificate for localhost, by openssl. */
export function certificates(dir: string): { ca: string; cert: string; key: string } {
  const at = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=Test CA',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
  );
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-keyout',
    at('server.key'),
    '-out',
    at('server.csr'),
  );
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl(
    'x509',
    '-req',
    '-in',
    at('server.csr'),
    '-CA',
    at('ca.crt'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    at('names'),
    '-out',
    at('server.crt'),
  );
  return { ca: at('ca.crt'), cert: at('server.crt'), key: at('server.key') };
}
