import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { RepoRequest } from '../../src/http/control-api.ts';
import { post, start, TOKEN } from './http-server.ts';

describe('commands on a repository or the queue (REC-140)', () => {
  it('hands over what was asked and answers 200 or 409', async () => {
    const asked: RepoRequest[] = [];
    const unfreeze = (request: RepoRequest) => {
      asked.push(request);
      if (request.repo === 'x')
        return { ok: false, reason: 'unknown_project', message: 'No such project.' } as const;
      return request.repo === 'shop'
        ? ({ ok: true, status: 'unfrozen', detail: 'The freeze is lifted.' } as const)
        : ({ ok: true, status: 'not_frozen', detail: 'There is no freeze.' } as const);
    };
    const { askSocket } = await start({ routes: { repo: { unfreeze } } });
    const lifted = await askSocket('/serial-gate/unfreeze', post({ repo: 'shop', reason: 'fixed' }));
    expect([lifted.status, lifted.json()]).toEqual([
      200,
      { status: 'unfrozen', detail: 'The freeze is lifted.' },
    ]);
    expect(asked[0]).toMatchObject({ repo: 'shop', reason: 'fixed', scope: 'all', actor: { role: 'owner' } });
    const refused = await askSocket('/unfreeze', post({ project: 'x' }));
    expect([refused.status, refused.json()]).toEqual([
      409,
      { error: 'unknown_project', message: 'No such project.' },
    ]);
    const absent = await askSocket('/serial-gate/unfreeze', post({ repo: 'tea' }));
    expect([absent.status, absent.json()]).toMatchObject([200, { status: 'not_frozen' }]);
    expect((await askSocket('/unfreeze', post({}))).status).toBe(400);
  });

  it('has no route for what was not provided', async () => {
    const { askSocket } = await start({ routes: { repo: {} } });
    for (const path of [
      '/freeze',
      '/pause',
      '/resume',
      '/rollback',
      '/revert',
      '/reload',
      '/tracker/refresh',
    ]) {
      expect((await askSocket(path, post({ repo: 'shop' }))).status).toBe(404);
    }
    expect((await askSocket('/staging/tasks/A-1', { method: 'DELETE' })).status).toBe(404);
  });

  it('answers a reload that fails validation with all problems (REG-6)', async () => {
    const reload = () => {
      throw new AppError('invalid-config', 'a: wrong. Fix: x.\nb: wrong. Fix: y.', { fault: 'user' });
    };
    const { askSocket } = await start({
      routes: { maintenance: { reload } },
    });
    const answer = await askSocket('/reload', { method: 'POST' });
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({
      error: 'invalid-config',
      message: expect.stringContaining('b: wrong'),
    });
  });
});

describe('Bull Board at /admin/queues (REC-140)', () => {
  const basic = (password: string) => ({
    authorization: `Basic ${Buffer.from(`me:${password}`).toString('base64')}`,
  });

  it('does not exist over TCP while no token is set, but does on the socket', async () => {
    const { ask, askSocket } = await start({ routes: { bullBoard: [] } });
    expect((await ask('/admin/queues')).status).toBe(404);
    const page = await askSocket('/admin/queues');
    expect(page.status).toBe(200);
    expect(page.text).toContain('<html');
  });

  it('asks a browser for the token as a password, and takes the bearer token too', async () => {
    const { ask } = await start({ routes: { bullBoard: [] }, access: { adminToken: TOKEN } });
    for (const path of [
      '/admin/queues',
      '/admin/queues/api/queues',
      '/admin/queues/static/favicon-32x32.png',
    ]) {
      const closed = await ask(path);
      expect([closed.status, closed.headers['www-authenticate']]).toEqual([
        401,
        expect.stringMatching(/^Basic realm=/),
      ]);
    }
    expect((await ask('/admin/queues', { headers: basic('wrong') })).status).toBe(401);
    expect((await ask('/admin/queues', { headers: basic(TOKEN) })).status).toBe(200);
    const api = await ask('/admin/queues/api/queues', { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(api.json()).toMatchObject({ queues: [] });
  });

  it('refuses changes that another site causes in a browser that is logged in', async () => {
    const { ask, port } = await start({ routes: { bullBoard: [] }, access: { adminToken: TOKEN } });
    const put = (headers: Record<string, string>) =>
      ask('/admin/queues/api/queues/q/pause', { method: 'PUT', headers: { ...basic(TOKEN), ...headers } });
    expect((await put({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await put({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await put({ origin: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}` })).status).not.toBe(
      403,
    );
  });
});
