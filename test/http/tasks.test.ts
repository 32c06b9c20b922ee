import { describe, expect, it } from 'vitest';
import { TASK_COMMANDS } from '../../src/pipeline/events.ts';
import { recorder, task } from './control-recorder.ts';
import { post, start, TOKEN } from './http-server.ts';

const bearer = { authorization: `Bearer ${TOKEN}` };

describe('POST /tasks (TRK-12)', () => {
  it('creates a task as owner and answers 201', async () => {
    const { control, created } = recorder();
    const { ask } = await start({ routes: { control }, access: { adminToken: TOKEN } });
    const answer = await ask('/tasks', post({ project: 'shop', title: 'Add a sitemap' }, bearer));
    expect(answer.status).toBe(201);
    expect(answer.json()).toEqual({ work_item_id: 'SHOP-13', task_id: 13, status: 'analysis' });
    expect(created).toEqual([
      {
        project: 'shop',
        title: 'Add a sitemap',
        description: '',
        labels: [],
        blocked_by: [],
        start: true,
        actor: { surface: 'http', id: 'admin', name: 'HTTP', role: 'owner' },
        key: 'http:id1',
      },
    ]);
  });

  it.each([
    ['an unknown project', { project: 'x', title: 'Add a sitemap' }, 404, { error: 'unknown-project' }],
    ['a QG-0 failure', { project: 'shop', title: 'Add' }, 422, { errors: ['The title is too short.'] }],
    ['a missing title', { project: 'shop' }, 400, { error: 'invalid-request' }],
    [
      'an unknown field',
      { project: 'shop', title: 'Add a sitemap', nme: 1 },
      400,
      { error: 'invalid-request' },
    ],
  ])('answers %s', async (_, body, status, expected) => {
    const { control } = recorder();
    const { askSocket } = await start({ routes: { control } });
    const answer = await askSocket('/tasks', post(body));
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject(expected);
  });

  it('answers 400 for a body that is not JSON', async () => {
    const { control } = recorder();
    const { askSocket } = await start({ routes: { control } });
    const answer = await askSocket('/tasks', { method: 'POST', body: '{' });
    expect([answer.status, answer.json()]).toMatchObject([400, { error: 'invalid-json' }]);
  });
});

describe('POST /tasks/<wid>/<command> (REC-140, PIPE-29)', () => {
  it('has a route for every command, and says confirm for confirm-deploy', async () => {
    const { control, commands } = recorder();
    const { askSocket } = await start({ routes: { control } });
    for (const name of [...TASK_COMMANDS, 'confirm']) await askSocket(`/tasks/SHOP-12/${name}`, post({}));
    expect(commands.map(({ command }) => command)).toEqual([...TASK_COMMANDS, 'confirm-deploy']);
    expect((await askSocket('/tasks/SHOP-12/explode', post({}))).status).toBe(404);
  });

  it('acts over the socket as owner with the name of the system user (REC-140a)', async () => {
    const { control, commands } = recorder();
    const { askSocket } = await start({ routes: { control } });
    const answer = await askSocket('/tasks/SHOP-12/stop', { method: 'POST' });
    expect([answer.status, answer.json()]).toEqual([200, { task }]);
    expect(commands[0]?.actor).toEqual({ surface: 'cli', id: 'tester', name: 'tester', role: 'owner' });
  });

  it('hands over text, target and arguments', async () => {
    const { control, commands } = recorder();
    const { askSocket } = await start({ routes: { control } });
    const headers = { 'idempotency-key': 'k1' };
    const body = {
      text: 'why',
      sha: 'ABCDEF1',
      attempt: 2,
      gate: 'check_ci_green',
      cap: 'day',
      usd: 5,
      on: true,
    };
    await askSocket('/tasks/SHOP-12/override', post(body, headers));
    await askSocket('/tasks/SHOP-12/depend', post({ on: 'SHOP-3', remove: true }));
    await askSocket('/tasks/SHOP-12/not-before', post({ at: '2026-01-01T00:00:00Z' }));
    expect(commands[0]).toMatchObject({
      text: 'why',
      target: { sha: 'abcdef1', attempt: 2 },
      args: { gate: 'check_ci_green', cap: 'day', usd: 5, on: true },
      key: 'http:k1',
    });
    expect(commands[1]?.args).toEqual({ dependency: { on: 'SHOP-3', remove: true } });
    expect(commands[2]?.args).toEqual({ at: Date.UTC(2026, 0, 1) });
  });

  it('answers a refusal with 409 and the reason of PIPE-15, an unknown task with 404', async () => {
    const { control } = recorder();
    const { askSocket } = await start({ routes: { control } });
    const refused = await askSocket('/tasks/SHOP-12/approve', post({}));
    expect([refused.status, refused.json()]).toEqual([
      409,
      { error: 'stale_attempt', message: 'This belongs to attempt 2.' },
    ]);
    expect((await askSocket('/tasks/SHOP-99/approve', post({}))).status).toBe(404);
  });
});

describe('who may change something (REC-140)', () => {
  it('nobody over TCP while no token is set: the routes do not exist', async () => {
    const { control, commands } = recorder();
    const { ask } = await start({ routes: { control } });
    expect((await ask('/tasks/SHOP-12/stop', post({}, bearer))).status).toBe(404);
    expect((await ask('/tasks', post({ project: 'shop', title: 'Add a sitemap' }))).status).toBe(404);
    expect(commands).toEqual([]);
  });

  it('only with the token, on loopback too', async () => {
    const { control, commands } = recorder();
    const { ask } = await start({ routes: { control }, access: { adminToken: TOKEN } });
    for (const authorization of ['', 'Bearer', 'Bearer wrong', `Basic ${TOKEN}`, TOKEN]) {
      expect(
        (await ask('/tasks/SHOP-12/stop', post({}, authorization ? { authorization } : {}))).status,
      ).toBe(401);
    }
    expect(commands).toEqual([]);
    expect((await ask('/tasks/SHOP-12/stop', post({}, bearer))).status).toBe(200);
  });
});

describe('reading tasks', () => {
  it('lists, pages and shows logs', async () => {
    const { ask } = await start({ routes: { control: recorder().control } });
    expect((await ask('/tasks?filter=open&limit=5')).json()).toEqual({ tasks: [task], total: 1 });
    expect((await ask('/tasks?project=none')).json()).toMatchObject({ tasks: [] });
    expect((await ask('/tasks?limit=0')).status).toBe(400);
    expect((await ask('/tasks/SHOP-12/log?lines=7&stage=review')).json()).toMatchObject({
      stage: 'review',
      text: '7 lines',
    });
    expect((await ask('/tasks/SHOP-9/log')).status).toBe(404);
    expect((await ask('/tasks/SHOP-9')).json()).toMatchObject({ error: 'unknown-task' });
  });
});
