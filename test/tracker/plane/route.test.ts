import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHmacVerifier } from '../../../src/http/secret.ts';
import { createWebhookRoute } from '../../../src/http/webhook.ts';
import {
  PLANE_SIGNATURE_HEADERS,
  type PlaneDelivery,
  parsePlaneWebhook,
  planeDeliveryId,
} from '../../../src/tracker/plane/webhook.ts';
import { type Running, start } from '../../http/http-server.ts';
import { createPlaneWorld, type PlaneWorld } from '../../support/plane/world.ts';

const MAX_BYTES = 2 * 1024 * 1024;
let world: PlaneWorld;
let door: Running;
let stored: Map<string, PlaneDelivery>;

beforeEach(async () => {
  world = await createPlaneWorld();
  stored = new Map();
  const { secret } = world.plane.hook;
  const route = createWebhookRoute<PlaneDelivery>({
    name: 'plane',
    maxBytes: MAX_BYTES,
    verify: createHmacVerifier(secret, PLANE_SIGNATURE_HEADERS),
    allowUnsigned: false,
    deliveryId: (raw, _headers, payload) => planeDeliveryId(raw, payload),
    seen: (id) => stored.has(id),
    parse: (payload, headers) =>
      parsePlaneWebhook(payload, headers, {
        byProject: (id) => (id === world.board.id ? 'shop-api' : null),
        byIssue: () => null,
      }),
    store: ({ deliveryId, event }) => stored.size < stored.set(deliveryId, event).size,
  });
  door = await start({ routes: { webhooks: [route] } });
  world.plane.hook.url = `http://127.0.0.1:${door.port}/webhook/plane`;
});
afterEach(() => world.close());

const post = (body: string, signature?: string) =>
  door.ask('/webhook/plane', {
    method: 'POST',
    body,
    headers: signature === undefined ? {} : { 'x-plane-signature': signature },
  });
const signatureOf = (body: string) =>
  createHmac('sha256', world.plane.hook.secret).update(body).digest('hex');

describe('POST /webhook/plane with a real sender', () => {
  test.each(['v1', 'v2'] as const)(
    'dialect %s: a delivery repeated with a new delivery id is stored once',
    async (dialect) => {
      const { plane, person } = world;
      plane.hook.dialect = dialect;
      plane.weather.copies = 3;
      const issue = person.create({ name: 'Корзина показывает дату' });
      person.move(issue, 'To Analyse');
      await plane.settled();
      expect(plane.deliveries).toHaveLength(6);
      expect([...stored.values()].map(({ what, stateChanged }) => [what, stateChanged])).toEqual(
        expect.arrayContaining([
          ['created', false],
          ['updated', true],
        ]),
      );
      expect(stored.size).toBe(2);
    },
  );

  test('v1 sends one delivery per changed field, and only the state is a state change', async () => {
    const { plane, person } = world;
    const issue = person.create({});
    person.edit(issue, { name: 'Another name', priority: 'high' });
    await plane.settled();
    expect(
      [...stored.values()].filter(({ what }) => what === 'updated').map(({ stateChanged }) => stateChanged),
    ).toEqual([false, false]);
  });
});

describe('bad input', () => {
  const body = () =>
    JSON.stringify({
      event: 'issue',
      action: 'updated',
      data: { id: 'i', project: world.board.id, state: 's' },
    });

  test.each([
    ['missing', undefined],
    ['wrong', 'f'.repeat(64)],
    ['short', 'ff'],
  ])('a %s signature is 401 and nothing is stored', async (_, signature) => {
    const answer = await post(body(), signature);
    expect([answer.status, answer.json()]).toEqual([401, { error: 'invalid signature' }]);
    expect(stored.size).toBe(0);
  });

  test('a body over 2 MiB is 413, and nothing is stored', async () => {
    const big = JSON.stringify({ text: 'x'.repeat(MAX_BYTES) });
    expect((await post(big, signatureOf(big))).status).toBe(413);
    expect(stored.size).toBe(0);
  });

  test('inc-105 invalid JSON is 400, an unknown project is ignored, and nothing is stored', async () => {
    const broken = '{"event":';
    const answer = await post(broken, signatureOf(broken));
    expect([answer.status, answer.json()]).toEqual([400, { error: 'invalid json' }]);
    const other = body().replace(world.board.id, 'other');
    expect((await post(other, signatureOf(other))).json()).toEqual({
      status: 'ignored',
      reason: 'unknown project',
    });
    expect(stored.size).toBe(0);
  });
});
