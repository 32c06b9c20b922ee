import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { CLOCK } from '../../../src/cli/checks/clock.ts';
import { REDIS_SERVER } from '../../../src/cli/checks/redis.ts';
import { runChecks } from '../../../src/cli/checks/run-checks.ts';
import { startRedisWithPassword } from '../../support/redis-with-password.ts';
import { placeWith } from './place.ts';

// REC-47, REC-183, REC-184 on a real server.

test('doctor asks the server about eviction, persistence and its clock, and never shows the password', async () => {
  const server = await startRedisWithPassword();
  const admin = new Redis(server.url);
  try {
    const place = await placeWith({ env: { ORCH_REDIS_URL: server.url } });
    const look = (from = place) => runChecks([REDIS_SERVER], from, { fix: false });
    expect(await look()).toMatchObject([
      { name: 'redis-server', level: 'ok', detail: expect.stringMatching(/^answers, version \d/) },
      { name: 'redis-server.persistence', level: 'problem', fix: expect.stringMatching(/appendonly yes/) },
    ]);
    await admin.config('SET', 'appendonly', 'yes');
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await look()).toMatchObject([
      { level: 'ok' },
      { name: 'redis-server.eviction', level: 'problem', detail: expect.stringMatching(/allkeys-lru/) },
    ]);
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await look()).toMatchObject([{ level: 'ok' }]);

    const late = { ...place, now: () => Date.now() - 3_600_000 };
    expect(await runChecks([CLOCK], late, { fix: false })).toMatchObject([
      { name: 'clock', level: 'hint', detail: expect.stringMatching(/^3\d{3} s behind Redis/) },
    ]);

    const wrong = await placeWith({ env: { ORCH_REDIS_URL: server.url.replace('between', 'beyond') } });
    const [refused] = await look(wrong);
    expect(refused).toMatchObject({ level: 'problem', fix: expect.stringMatching(/password/) });
    expect(JSON.stringify(refused)).not.toContain('beyond-the-hosts');
  } finally {
    admin.disconnect();
    await server.stop();
  }
});

test('a server that is away is a problem, not an endless wait', async () => {
  const place = await placeWith({ env: { ORCH_REDIS_URL: 'redis://127.0.0.1:1' } });
  expect(await runChecks([REDIS_SERVER], place, { fix: false })).toMatchObject([
    { level: 'problem', detail: expect.stringMatching(/does not answer/) },
  ]);
});
