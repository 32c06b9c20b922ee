import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Service {
  command: string[];
  environment: Record<string, string>;
  ports?: string[];
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
