import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { listDefinitions } from '../../src/config/schema.ts';

interface Service {
  command: string[];
  environment: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  profiles?: string[];
  stop_grace_period?: string;
}

const read = (name: string): Promise<string> => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
const services = async (): Promise<Record<'redis' | 'control' | 'worker', Service>> =>
  parse(await read('docker-compose.yml')).services;

test('redis in docker-compose keeps an append-only file, evicts nothing and is not published (REC-186)', async () => {
  const { redis } = await services();
  const line = redis.command.join(' ');
  expect(line).toContain('--appendonly yes --appendfsync everysec');
  expect(line).toContain('--maxmemory-policy noeviction');
  expect(redis.ports).toBeUndefined();
});

test('containers get 60 s to stop (REC-151), and pages are published on loopback only', async () => {
  const { control, worker } = await services();
  expect([control.stop_grace_period, worker.stop_grace_period]).toEqual(['60s', '60s']);
  expect(control.ports?.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
});

test('nothing starts without a password of Redis and a token of HTTP (REC-183)', async () => {
  const { redis, control, worker } = await services();
  expect(redis.command.at(-1)).toMatch(/^\$\{REDIS_PASSWORD:\?/);
  for (const { environment } of [control, worker])
    expect(environment.ORCH_REDIS_URL).toMatch(/^redis:\/\/:\$\{REDIS_PASSWORD:\?\}@redis:6379$/);
  expect(control.environment.ORCH_ADMIN_TOKEN).toMatch(/^\$\{ORCH_ADMIN_TOKEN:\?/);
});

test('every setting of the compose file is one, and both services can run agents (AGENT-44)', async () => {
  const { control, worker } = await services();
  const known = new Set(listDefinitions().map(({ key }) => key));
  for (const { environment, volumes } of [control, worker]) {
    const own = Object.keys(environment).filter((key) => key.startsWith('ORCH_'));
    expect(own.filter((key) => !known.has(key))).toEqual([]);
    expect(environment).toHaveProperty('ANTHROPIC_API_KEY');
    expect(volumes).toContain('agents:/home/node');
  }
  expect(await read('Dockerfile')).toContain('@anthropic-ai/claude-code');
});

test('a worker is optional and gets git credentials only (REC-183)', async () => {
  const { worker } = await services();
  expect(worker.profiles).toEqual(['worker']);
  expect(Object.keys(worker.environment).filter((key) => /TELEGRAM|PLANE|ADMIN|DEPLOY/.test(key))).toEqual(
    [],
  );
});

test('the image runs as an ordinary user with its data in /app/data', async () => {
  const dockerfile = await read('Dockerfile');
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/ORCH_DATA_DIR=\/app\/data/);
});
