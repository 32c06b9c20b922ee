import { describe, expect, it } from 'vitest';
import { probeService, probeUrl } from '../../src/delivery/health.ts';
import { createHttpClient } from '../../src/http-client.ts';
import { useServices } from './support/service.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';
const http = createHttpClient({ userAgent: 'test', timeoutMs: 1_000 });
const startService = useServices();

describe('healthy means HTTP 200 and the declared field with the declared value (SHIP-114)', () => {
  it.each([
    [200, { status: 'ok' }, true],
    [200, '{ "status" :   "ok" }', true],
    [200, { status: 'degraded' }, false],
    [200, { note: 'status ok' }, false],
    [200, { nested: { status: 'ok' } }, false],
    [200, { status: ['ok'] }, false],
    [200, 'ok', false],
    [200, '"ok"', false],
    [200, '', false],
    [204, '', false],
    [201, { status: 'ok' }, false],
    [404, { status: 'ok' }, false],
    [503, { status: 'ok' }, false],
  ])('HTTP %i with %j: %s', async (status, body, healthy) => {
    const service = await startService(status === 204 ? '' : body, status);
    const probe = await probeService(http, { health: service.health, expectedSha: SHA });
    expect(probe.healthy).toBe(healthy);
  });

  it('a value that is not text is compared as it is written', async () => {
    const service = await startService({ up: true });
    const health = { ...service.health, okField: 'up', okValue: 'true' };
    expect((await probeService(http, { health, expectedSha: SHA })).healthy).toBe(true);
  });
});

it('a service that is down is unhealthy, and says why', async () => {
  const health = { url: 'http://127.0.0.1:9/health', okField: 'status', okValue: 'ok', shaField: 'commit' };
  const probe = await probeService(http, { health, expectedSha: SHA });
  expect(probe).toMatchObject({ healthy: false, served: { match: 'not-exposed' } });
  expect(probe.detail).toContain('http://127.0.0.1:9/health');
});

it('bypasses caches and refuses a redirect to another host (SHIP-183)', async () => {
  const service = await startService({ status: 'ok' });
  await probeService(http, { health: service.health, expectedSha: SHA });
  expect(service.seen['cache-control']).toBe('no-cache');

  const other = await startService({ status: 'ok', commit: SHA });
  service.answer = { status: 302, body: `${other.base}/health` };
  const probe = await probeService(http, { health: service.health, expectedSha: SHA });
  expect(probe).toMatchObject({ healthy: false, served: { match: 'not-exposed' } });
  expect(other.seen).toEqual({});
});

it('tells the served commit of an unhealthy service too', async () => {
  const service = await startService({ status: 'overbooked', commit: SHA }, 503);
  expect(await probeService(http, { health: service.health, expectedSha: SHA })).toMatchObject({
    healthy: false,
    served: { match: 'same', exposed: SHA },
  });
});

it('accepts any commit where the expected one is not known', async () => {
  const service = await startService({ status: 'ok', commit: 'abcdef0' });
  const probe = await probeService(http, { health: service.health, expectedSha: null });
  expect(probe).toMatchObject({ healthy: true, served: { match: 'same' } });
});

it.each([
  [200, true],
  [404, false],
  [500, false],
])('a declared probe answering %i is %s (SHIP-153)', async (status, ok) => {
  const service = await startService('page', status);
  expect((await probeUrl(http, service.base)).ok).toBe(ok);
});
