import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { ACTS } from '../../src/cli/demo/scenario.ts';
import { stopServices, type World } from '../../src/cli/demo/world.ts';
import type { TaskDetail } from '../../src/http/control-api.ts';
import { type ControlClient, createControlClient } from '../../src/http/control-client.ts';
import { requireChromium } from '../support/browser.ts';
import { type DemoProcess, processesOf, startDemo, temporaryDir } from '../support/demo-process.ts';
import { until } from '../support/until.ts';
import { testWorld } from '../support/world.ts';

// REC-140, REC-140a: a running `orchestrator start`, worked over HTTP alone.

const TOKEN = 'e2e-admin-token-0123456789';
const WID = 'SHOP-001';
const [, ACT] = ACTS;

let place: Awaited<ReturnType<typeof temporaryDir>>;
let world: World;
let program: DemoProcess;
let base: string;
let socket: ControlClient;
let browser: Browser | undefined;

const env = { PATH: process.env.PATH };
const get = (route: string, headers: Record<string, string> = {}) => fetch(`${base}${route}`, { headers });
const bearer = { authorization: `Bearer ${TOKEN}` };
const REQUIRED = ['db', 'redis', 'control_lease', 'migrations', 'workers', 'disk', 'outbox_age'];
const REPORTED = ['chat', 'tracker', 'forge'];
interface Readiness {
  ready: boolean;
  checks: Record<string, { ok: boolean; detail: string }>;
}
const post = (route: string, body: unknown, headers: Record<string, string> = bearer) =>
  fetch(`${base}${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const show = async (): Promise<TaskDetail> =>
  (await get(`/tasks/${WID}`, bearer)).json() as Promise<TaskDetail>;
const reaches = (what: string, is: (task: TaskDetail) => boolean): Promise<TaskDetail> =>
  until(async () => ((task) => (is(task) ? task : null))(await show()), { what, deadlineMs: 90_000 });

async function launch(context: TestContext): Promise<Browser> {
  const executablePath = requireChromium(context);
  browser ??= await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  return browser;
}

beforeAll(async () => {
  place = await temporaryDir('http');
  world = await testWorld(place.dir);
  program = startDemo({
    command: 'start',
    args: ['--data-dir', place.dir],
    env: { ...world.settings, ORCH_ADMIN_TOKEN: TOKEN },
  });
  base = `http://127.0.0.1:${world.ports.http}`;
  socket = createControlClient(path.join(place.dir, 'control.sock'));
  const ended = program.exited.then((code) => {
    throw new Error(`start ended with ${code}: ${program.stderr()}`);
  });
  const ready = until(async () => (await get('/ready').catch(() => null))?.status === 200, { what: 'ready' });
  await Promise.race([ready, ended]);
});
afterAll(async () => {
  await browser?.close();
  await stopServices(world, env);
  await place.remove();
});

test('health and ready need no token; status and queue answer over TCP and over the control socket', async () => {
  const health = await get('/health');
  expect(await health.json()).toMatchObject({ status: 'ok', service: 'orchestrator' });
  const { ready, checks } = (await (await get('/ready')).json()) as Readiness;
  expect(ready, JSON.stringify(checks)).toBe(true);
  for (const name of REQUIRED)
    expect([name, checks[name]]).toEqual([name, { ok: true, detail: expect.any(String) }]);
  for (const name of REPORTED)
    expect([name, checks[name]]).toEqual([name, { ok: expect.any(Boolean), detail: expect.any(String) }]);
  for (const route of ['/status', '/queue']) {
    const tcp = (await (await get(route, bearer)).json()) as Record<string, unknown>;
    const local = (await socket.call('GET', route)) as Record<string, unknown>;
    expect(Object.keys(tcp).sort(), route).toEqual(Object.keys(local).sort());
  }
  expect(await socket.call('GET', '/status')).toMatchObject({ service: 'orchestrator', active_tasks: [] });
  expect(await socket.call('GET', '/queue')).toMatchObject({
    counts: { queued: 0, running: 0, done: 0 },
    redis: { ok: true },
  });
});

test('every block of /queue tells of the running system (REC-141)', async () => {
  const blocks = (await (await get('/queue', bearer)).json()) as Record<string, unknown>;
  expect(Object.entries(blocks).filter(([, block]) => JSON.stringify(block).startsWith('{"error"'))).toEqual(
    [],
  );
  expect(blocks).toEqual({
    counts: { queued: 0, running: 0, done: 0, failed: 0, cancelled: 0 },
    max_concurrency: 2,
    poll_interval: 0.5,
    resilience: {
      breaker: { state: 'closed', failures: 0, opened_at: null, retry_at: null },
      preflight: { ok: true, checked_at: expect.toBeOneOf([null, expect.any(Number)]), detail: '' },
    },
    recent: [],
    reconcile: expect.objectContaining({ errors_total: 0, unblocked_total: 0, projects: {} }),
    reaper: {
      ...{ checked: expect.any(Number), reaped_by_tier: expect.any(Object), lost_claims: 0 },
      ...{ orphans_killed: 0, leases_reclaimed: 0 },
    },
    serial_gate: { enabled: false, repos: '*', holders: {}, waiting: [], frozen: [] },
    task_deps: { enabled: true, edges: 0, waiting: [], cycles: [] },
    auto_labels: {
      enabled: true,
      settings: expect.objectContaining({ approveLabel: 'autoApprove', deployLabel: 'autoDeploy' }),
      applied: { approve: 0, 'confirm-deploy': 0 },
      last_errors: [],
    },
    stop: { stopping: [], deferred: [], total: 0 },
    leases: [expect.objectContaining({ kind: 'control' })],
    freezes: [],
    deploys: { open: [], watches: [] },
    limits: [],
    budgets: { blocked: [] },
    outbox: { pending: 0, oldest_s: 0, stuck: [] },
    inbox: { pending: 0, duplicates_total: 0 },
    redis: { ok: true, epoch: 'ours', rebuilds_total: expect.any(Number) },
    workers: [expect.objectContaining({ state: 'up', capacity: 2, runs: [] })],
    chat: expect.objectContaining({ mode: 'local', state: expect.any(String), unreachable: [] }),
    backup: { last_at: expect.toBeOneOf([null, expect.any(Number)]), ok: true },
  });
});

test('a changing route refuses a missing and a wrong token', async () => {
  const body = { project: 'shop', title: 'Not this one' };
  for (const headers of [{}, { authorization: 'Bearer wrong' }] as Record<string, string>[]) {
    const refused = await post('/tasks', body, headers);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ error: 'unauthorized' });
  }
  expect((await socket.listTasks({ filter: 'all' })).total).toBe(0);
});

test('a task goes from request to production over HTTP alone; refused commands are 409', async () => {
  const created = await post('/tasks', { project: 'shop', title: ACT?.title, description: ACT?.description });
  expect([created.status, await created.json()]).toMatchObject([201, { work_item_id: WID }]);
  const early = await post(`/tasks/${WID}/confirm`, {});
  expect(early.status).toBe(409);
  expect(await early.json()).toMatchObject({ error: expect.any(String), message: expect.any(String) });

  await reaches('the approval is asked for', ({ waiting }) => waiting?.kind === 'approval');
  expect((await post(`/tasks/${WID}/approve`, {})).status).toBe(200);
  const twice = await post(`/tasks/${WID}/approve`, {});
  expect(twice.status).toBe(409);

  const asked = await reaches('the deploy is to be confirmed', ({ waiting }) => waiting?.kind === 'confirm');
  const [, deploy = ''] = (await (await get('/board')).text()).split('data-part="column-deploy"');
  for (const shown of ['card you', WID, 'confirm the deploy']) expect(deploy).toContain(shown);
  const foreign = await post(`/tasks/${WID}/confirm`, { sha: 'f'.repeat(40) });
  expect(foreign.status).toBe(409);
  expect((await post(`/tasks/${WID}/confirm`, { sha: asked.tested_sha })).status).toBe(200);

  const done = await reaches('the task is done', ({ stage }) => stage === 'done');
  expect(done).toMatchObject({
    served_sha: done.landed_sha,
    merged: true,
    landed_tree_matches: true,
    bounces: 0,
  });
  expect((await socket.showTask(WID)).stage).toBe('done');
  expect((await post(`/tasks/${WID}/stop`, {})).status).toBe(409);
  expect((await post('/tasks/SHOP-999/approve', {})).status).toBe(404);
});

test('Bull Board opens in a browser with the token, and not without', async (context) => {
  expect((await get('/admin/queues')).status).toBe(401);
  const page = await (await launch(context)).newPage({
    httpCredentials: { username: 'admin', password: TOKEN },
  });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${base}/admin/queues`);
  for (const queue of ['agents', 'gates', 'delivery'])
    await page
      .getByRole('link', { name: new RegExp(queue) })
      .first()
      .waitFor();
  expect(complaints).toEqual([]);
});

test('the board shows the task as it went, with evidence, log and costs, in a browser', async (context) => {
  const page = await (await launch(context)).newPage({ viewport: { width: 390, height: 844 } });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(`${base}/board`);
  await page.locator('.connection[data-state="live"]').waitFor();
  await page
    .locator('.finished')
    .getByRole('link', { name: new RegExp(WID) })
    .click();
  await page.getByRole('heading', { name: ACT?.title ?? '' }).waitFor();
  const visits = page.locator('.visit');
  expect(await visits.count()).toBe(7);
  const verdict = page.locator('.verdict', { hasText: 'staging status' });
  await verdict.getByText('evidence').click();
  await page
    .locator('details[open] .evidence')
    .getByText(/staging_status/)
    .first()
    .waitFor();
  expect(await visits.filter({ hasText: 'confirmation of the deploy' }).count()).toBe(1);
  await page.getByRole('link', { name: 'Log', exact: true }).click();
  await page.locator('pre.log').waitFor();
  await page.getByRole('link', { name: 'Costs' }).click();
  await page.getByRole('heading', { name: 'By role' }).waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test('SIGTERM ends it with exit 0 and leaves only the deployed sample running', async () => {
  process.kill(program.pid, 'SIGTERM');
  expect(await program.exited, program.stderr()).toBe(0);
  const left = (await processesOf(place.dir)).map(({ command }) => command);
  expect(left.filter((command) => !command.includes(world.releasesDir))).toEqual([]);
});
