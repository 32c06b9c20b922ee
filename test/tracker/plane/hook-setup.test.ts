import { afterEach, describe, expect, test } from 'vitest';
import { ensureHook, hookInstructions, hookUrlOf } from '../../../src/tracker/plane/hook-setup.ts';
import { createPlaneWorld, type PlaneWorld } from '../../support/plane/world.ts';

const URL = 'https://orchestrator.example.org/webhook/plane';
let world: PlaneWorld;
afterEach(() => world?.close());

describe('PLANE-71 the webhook', () => {
  test('is created once where the server’s API offers webhooks, and its secret is told', async () => {
    world = await createPlaneWorld({ webhookApi: true });
    expect(await ensureHook(world.client, URL)).toEqual({
      kind: 'created',
      secret: 'plane_wh_0123456789abcdef',
    });
    expect(world.plane.api.hooks).toMatchObject([{ url: URL, is_active: true }]);
    expect(await ensureHook(world.client, `${URL}/`)).toEqual({ kind: 'exists' });
    expect(world.plane.api.hooks).toHaveLength(1);
  });

  test('one that Plane has switched off is not made again: a person looks', async () => {
    world = await createPlaneWorld({ webhookApi: true });
    await ensureHook(world.client, URL);
    for (const hook of world.plane.api.hooks ?? []) hook.is_active = false;
    expect(await ensureHook(world.client, URL)).toMatchObject({ kind: 'by-hand' });
    expect(world.plane.api.hooks).toHaveLength(1);
  });

  test.each([
    ['the community edition has no such API', false, null],
    ['the plan does not have it', true, 402],
    ['the token may not', true, 403],
  ])('is entered by hand where %s', async (_, webhookApi, status) => {
    world = await createPlaneWorld({ webhookApi });
    const matches = (method: string, path: string) => method === 'POST' && path.includes('/v2/');
    if (status !== null) world.plane.faults.push({ matches, do: { status } });
    expect(await ensureHook(world.client, URL)).toMatchObject({ kind: 'by-hand' });
  });

  test('by hand: the exact address, the events, the secret, and what the administrator must allow', () => {
    const text = hookInstructions({ url: hookUrlOf('https://orchestrator.example.org/'), secretSet: false });
    expect(text.join('\n')).toMatchInlineSnapshot(`
      "In Plane: Workspace settings → Webhooks → Add webhook.
        URL: https://orchestrator.example.org/webhook/plane
        Events: Work items (Issues) and Work item comments (Issue comments).
        Secret: set ORCH_PLANE_WEBHOOK_SECRET to the one Plane shows. Until then polling covers it.
      A private address must be named by the Plane administrator in WEBHOOK_ALLOWED_IPS or WEBHOOK_ALLOWED_HOSTS; localhost is always refused."
    `);
    expect(hookInstructions({ url: null, secretSet: true }).join('\n')).toContain('set ORCH_PUBLIC_URL');
  });
});
