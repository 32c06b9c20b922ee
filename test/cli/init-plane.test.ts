import { afterEach, describe, expect, test } from 'vitest';
import { PLANE_DEFAULTS } from '../support/plane/state.ts';
import { createPlaneWorld, type PlaneWorld } from '../support/plane/world.ts';
import { dataDir, run } from './context.ts';

let world: PlaneWorld;
afterEach(() => world?.close());

const open = async (options: { webhookApi?: boolean } = {}) => {
  world = await createPlaneWorld({ states: PLANE_DEFAULTS, ...options });
};
const init = async (argv: readonly string[] = [], env: Record<string, string> = {}) =>
  run(['init', 'plane', '--data-dir', await dataDir(), ...argv], {
    env: {
      ORCH_PLANE_API_URL: world.plane.url,
      ORCH_PLANE_API_TOKEN: world.shared.token,
      ORCH_PLANE_WORKSPACE_SLUG: 'acme',
      ORCH_PROJECTS_JSON: JSON.stringify([
        { repo: 'shop', prefix: 'SHOP', plane_project_id: world.board.id, state_names: { approved: 'OK' } },
      ]),
      ...env,
    },
  });

describe('orchestrator init plane', () => {
  test('says what is missing and creates nothing unasked', async () => {
    await open();
    const { exitCode, stdout, stderr } = await init();
    expect(exitCode).toBe(1);
    expect(stdout).toContain('state "OK" (group started)');
    expect(stdout).toContain('label "autoApprove"');
    expect(stderr).toContain('--yes');
    expect(world.board.states).toHaveLength(PLANE_DEFAULTS.length);
  });

  test('creates with --yes, and a second time there is nothing to do', async () => {
    await open();
    const first = await init(['--yes', '--json']);
    expect(first.exitCode).toBe(0);
    const { ok, projects, webhook } = JSON.parse(first.stdout);
    expect(ok).toBe(true);
    expect(projects[0].done.every((one: { result: string }) => one.result === 'created')).toBe(true);
    expect(webhook).toMatchObject({ kind: 'by-hand', reason: 'ORCH_PUBLIC_URL is not set' });
    expect(webhook.lines.join()).toContain('WEBHOOK_ALLOWED_IPS');
    const names = world.board.states.map(({ name }) => name);
    expect(names).toContain('Confirm Deploy');
    const again = await init(['--yes']);
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toContain('0 are missing');
    expect(world.board.states.map(({ name }) => name)).toEqual(names);
  });

  test('the webhook is created where Plane offers it, and its secret is printed once', async () => {
    await open({ webhookApi: true });
    const env = { ORCH_PUBLIC_URL: 'https://orchestrator.example.org' };
    const first = await init(['--yes'], env);
    expect(first.stdout).toContain('ORCH_PLANE_WEBHOOK_SECRET=plane_wh_0123456789abcdef');
    expect(first.stdout).toContain('WEBHOOK_ALLOWED_IPS');
    const again = await init(['--yes'], env);
    expect(again.stdout).toContain('✓ webhook: https://orchestrator.example.org/webhook/plane exists');
  });

  test('bad input: no project in Plane, a refused token, a project that is not there', async () => {
    await open();
    const none = await init([], { ORCH_PROJECTS_JSON: '[]' });
    expect(none).toMatchObject({ exitCode: 1, stdout: '' });
    expect(none.stderr).toContain('plane_project_id');
    const token = await init(['--yes'], { ORCH_PLANE_API_TOKEN: 'wrong' });
    expect(token.exitCode).toBe(1);
    expect(token.stdout).toContain('Plane refused the token (HTTP 401');
    const elsewhere = { repo: 'shop', prefix: 'SHOP', plane_project_id: crypto.randomUUID() };
    const lost = await init(['--yes'], { ORCH_PROJECTS_JSON: JSON.stringify([elsewhere]) });
    expect(lost.exitCode).toBe(1);
    expect(lost.stdout).toContain('HTTP 404');
    const missing = await init([], { ORCH_PLANE_API_TOKEN: '' });
    expect(missing.exitCode).toBe(78);
    expect(missing.stderr).toContain('ORCH_PLANE_API_TOKEN');
  });
});
