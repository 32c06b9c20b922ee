import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { start, TOKEN, withToken } from './http-server.ts';

describe('GET /health (REC-140)', () => {
  it('is compact JSON with the commit, asks no dependency and needs no token', async () => {
    const { ask } = await start({ access: { adminToken: TOKEN, isLoopback: () => false } });
    const { status, headers, text } = await ask('/health');
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('application/json');
    expect(text).toBe('{"status":"ok","service":"orchestrator","commit":"abc1234"}');
  });
});

describe('GET /ready (REC-140, REC-150)', () => {
  const ok = { name: 'db', required: true, check: () => ({ ok: true, detail: 'open' }) };

  it('is 200 while every required check is ok, whatever the others say', async () => {
    const chat = { name: 'chat', required: false, check: () => ({ ok: false, detail: 'conflict' }) };
    const { ask } = await start({
      routes: { ready: { checks: [ok, chat], stopping: () => false, timeoutMs: 50 } },
    });
    const answer = await ask('/ready');
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      ready: true,
      checks: { db: { ok: true, detail: 'open' }, chat: { ok: false, detail: 'conflict' } },
    });
  });

  it('is 503 when a required check fails, throws or does not answer in time', async () => {
    const bad = [
      { name: 'redis', required: true, check: () => ({ ok: false, detail: 'gone' }) },
      {
        name: 'disk',
        required: true,
        check: () => {
          throw new AppError('disk-full', 'Expected 2048 MB free, found 3.');
        },
      },
      { name: 'workers', required: true, check: () => new Promise<never>(() => {}) },
    ];
    const { ask } = await start({
      routes: { ready: { checks: [ok, ...bad], stopping: () => false, timeoutMs: 50 } },
    });
    const answer = await ask('/ready');
    expect(answer.status).toBe(503);
    expect(answer.json()).toEqual({
      ready: false,
      checks: {
        db: { ok: true, detail: 'open' },
        redis: { ok: false, detail: 'gone' },
        disk: { ok: false, detail: 'Expected 2048 MB free, found 3.' },
        workers: { ok: false, detail: 'no answer within 50 ms' },
      },
    });
  });

  it('is 503 while the process stops', async () => {
    const { ask } = await start({ routes: { ready: { checks: [ok], stopping: () => true, timeoutMs: 50 } } });
    expect((await ask('/ready')).status).toBe(503);
  });
});

describe('other readings', () => {
  it('GET /status tells who we are, since when, and what is under way', async () => {
    let now = 1000;
    const { ask } = await start({
      routes: { status: { now: () => now, paused: () => true, activeTasks: async () => [] } },
    });
    now = 62_500;
    expect((await ask('/status')).json()).toEqual({
      service: 'orchestrator',
      version: '1.2.3',
      commit: 'abc1234',
      instance: 'i1',
      staging: false,
      uptime_s: 61,
      paused: true,
      active_tasks: [],
    });
  });

  it('GET /queue serves every block but the one that fails (REC-141)', async () => {
    const { ask } = await start({
      routes: {
        queue: {
          counts: () => ({ queued: 1 }),
          redis: async () => {
            throw new Error('connection refused');
          },
        },
      },
    });
    expect((await ask('/queue')).json()).toEqual({
      counts: { queued: 1 },
      redis: { error: 'connection refused' },
    });
  });

  it('GET /projects lists what it is given, GET /metrics passes Prometheus text on', async () => {
    const { ask } = await start({
      routes: {
        projects: () => [{ repo: 'shop' }],
        metrics: { contentType: 'text/plain; version=0.0.4', metrics: async () => 'orch_up 1\n' },
      },
    });
    expect((await ask('/projects')).json()).toEqual({ projects: [{ repo: 'shop' }] });
    const metrics = await ask('/metrics');
    expect([metrics.headers['content-type'], metrics.text]).toEqual([
      'text/plain; version=0.0.4',
      'orch_up 1\n',
    ]);
  });

  it('answers JSON for an address that does not exist, and for a route that was not provided', async () => {
    const { ask } = await start();
    for (const path of ['/nothing', '/metrics', '/tasks', '/admin/queues', '/%zz']) {
      const answer = await ask(path);
      expect(answer.status).toBe(404);
      expect(answer.json()).toMatchObject({ error: 'not-found' });
    }
  });

  it('never shows a stack trace or the text of an unknown error', async () => {
    const { ask } = await start({
      routes: {
        projects: () => {
          throw new Error('secret detail');
        },
      },
    });
    const answer = await ask('/projects');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/secret detail|at .+:\d+/);
  });
});

describe('who may read (REC-140)', () => {
  const paths = ['/status', '/queue', '/projects'];
  const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status);

  it('everybody while no token is set', async () => {
    const { ask } = await start({ access: { isLoopback: () => false } });
    expect(statuses(await Promise.all(paths.map((path) => ask(path))))).toEqual([200, 200, 200]);
  });

  it('with a token: loopback without it, others with it', async () => {
    const near = await start({ access: { adminToken: TOKEN } });
    const far = await start({ access: { adminToken: TOKEN, isLoopback: () => false } });
    expect(statuses(await Promise.all(paths.map((path) => near.ask(path))))).toEqual([200, 200, 200]);
    expect(statuses(await Promise.all(paths.map((path) => far.ask(path))))).toEqual([401, 401, 401]);
    expect(statuses(await Promise.all(paths.map((path) => far.ask(path, withToken))))).toEqual([
      200, 200, 200,
    ]);
    const wrong = await far.ask('/status', { headers: { authorization: 'Bearer admin-token-2' } });
    expect([wrong.status, wrong.headers['www-authenticate']]).toEqual([401, 'Bearer']);
  });

  it('a request that a proxy forwarded is not loopback', async () => {
    const { ask } = await start({ access: { adminToken: TOKEN } });
    expect((await ask('/status', { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(401);
  });
});
