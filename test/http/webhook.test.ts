import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createHmacVerifier, createTokenVerifier, type Verifier } from '../../src/http/secret.ts';
import { createWebhookRoute, type WebhookResult } from '../../src/http/webhook.ts';
import { type Ask, start } from './http-server.ts';

const SECRET = 'hook-secret';
const sign = (raw: string | Buffer): string => createHmac('sha256', SECRET).update(raw).digest('hex');
const signed = (raw: string | Buffer, signature = sign(raw)): Ask => ({
  method: 'POST',
  body: raw,
  headers: { 'x-plane-signature': signature },
});

interface Options {
  verify?: Verifier | null;
  allowUnsigned?: boolean;
  maxBytes?: number;
  failing?: boolean;
}

/** A webhook that knows one project and writes down the order of its steps. */
async function hook({ verify, allowUnsigned = false, maxBytes = 1000, failing = false }: Options = {}) {
  const steps: string[] = [];
  const results: WebhookResult[] = [];
  const stored = new Map<string, unknown>();
  const check = verify === undefined ? createHmacVerifier(SECRET, ['X-Plane-Signature']) : verify;
  const route = createWebhookRoute({
    name: 'plane',
    maxBytes,
    allowUnsigned,
    verify:
      check &&
      ((raw, headers) => {
        steps.push('verify');
        return check(raw, headers);
      }),
    deliveryId: (raw) => {
      steps.push('id');
      return `plane:${raw.length}`;
    },
    seen: (id) => {
      steps.push('seen');
      return stored.has(id);
    },
    parse: (payload) => {
      steps.push('filter');
      const { project } = payload as { project?: string };
      return project === 'shop' ? { event: { project } } : { ignored: 'unknown project' };
    },
    store: ({ deliveryId, event }) => {
      if (failing) throw new Error('disk full');
      steps.push('store');
      if (stored.has(deliveryId)) return false;
      stored.set(deliveryId, event);
      return true;
    },
    counted: (_source, result) => results.push(result),
  });
  const server = await start({ routes: { webhooks: [route] } });
  return { ask: (options: Ask) => server.ask('/webhook/plane', options), steps, results, stored };
}

const BODY = '{ "project" : "shop", "text": "ü" }';

describe('POST /webhook/<name> (REC-35)', () => {
  it('inc-104 verifies the raw bytes, then reads JSON, deduplicates, filters, stores, answers', async () => {
    const { ask, steps, stored, results } = await hook();
    const answer = await ask(signed(BODY));
    expect([answer.status, answer.json()]).toEqual([200, { status: 'accepted' }]);
    expect(steps).toEqual(['verify', 'id', 'seen', 'filter', 'store']);
    expect([...stored.values()]).toEqual([{ project: 'shop' }]);
    expect(results).toEqual(['accepted']);
  });

  it('inc-24 has no effect the second time and says so (REC-33)', async () => {
    const { ask, stored, results } = await hook();
    await ask(signed(BODY));
    expect((await ask(signed(BODY))).json()).toEqual({ status: 'duplicate' });
    expect(stored.size).toBe(1);
    expect(results).toEqual(['accepted', 'duplicate']);
  });

  it('says duplicate when two deliveries race into the store', async () => {
    const route = createWebhookRoute({
      name: 'gitea',
      maxBytes: 100,
      allowUnsigned: true,
      verify: null,
      deliveryId: () => 'gitea:1',
      seen: () => false,
      parse: () => ({ event: {} }),
      store: () => false,
    });
    const { ask } = await start({ routes: { webhooks: [route] } });
    expect((await ask('/webhook/gitea', { method: 'POST', body: '{}' })).json()).toEqual({
      status: 'duplicate',
    });
  });

  it('ignores what a filter refuses, with the reason, and stores nothing', async () => {
    const { ask, stored } = await hook();
    const answer = await ask(signed('{"project":"other"}'));
    expect([answer.status, answer.json()]).toEqual([200, { status: 'ignored', reason: 'unknown project' }]);
    expect(stored.size).toBe(0);
  });

  it.each([
    ['no signature', { method: 'POST', body: BODY }],
    ['a wrong one', signed(BODY, sign('other'))],
    ['one of another length', signed(BODY, sign(BODY).slice(0, 63))],
    ['one over re-serialised JSON', signed(BODY, sign(JSON.stringify(JSON.parse(BODY))))],
    ['an empty one', signed(BODY, ' ')],
  ])('answers 401 to %s before anything is parsed', async (_, request) => {
    const { ask, steps, results } = await hook();
    const answer = await ask(request);
    expect([answer.status, answer.json()]).toEqual([401, { error: 'invalid signature' }]);
    expect(steps).toEqual(['verify']);
    expect(results).toEqual(['unsigned']);
  });

  it('accepts a signature in capitals and with blanks around it (PLANE-39)', async () => {
    const { ask } = await hook();
    expect((await ask(signed(BODY, ` ${sign(BODY).toUpperCase()} `))).status).toBe(200);
  });

  it('answers 400 to signed bytes that are not JSON', async () => {
    const { ask, steps } = await hook();
    const answer = await ask(signed('{"a":'));
    expect([answer.status, answer.json()]).toEqual([400, { error: 'invalid json' }]);
    expect(steps).toEqual(['verify']);
  });

  it('answers 413 to a body above the limit, announced or streamed, without verifying it', async () => {
    const { ask, steps, results } = await hook({ maxBytes: 100 });
    const big = Buffer.alloc(400_000, 32);
    expect((await ask(signed(big))).status).toBe(413);
    expect((await ask({ ...signed(big), headers: { 'transfer-encoding': 'chunked' } })).status).toBe(413);
    expect(steps).toEqual([]);
    expect(results).toEqual(['too-large', 'too-large']);
    const edge = `{"project":"shop"${' '.repeat(83)}}`.slice(0, 99).padEnd(100, '}');
    expect((await ask(signed(edge))).status).not.toBe(413);
  });

  it('inc-103 without a secret refuses everything, unless unsigned webhooks are allowed', async () => {
    const closed = await hook({ verify: null });
    expect((await closed.ask(signed(BODY))).status).toBe(401);
    const open = await hook({ verify: null, allowUnsigned: true });
    expect((await open.ask({ method: 'POST', body: BODY })).json()).toEqual({ status: 'accepted' });
  });

  it('answers 5xx when the delivery could not be stored, so that the sender tries again', async () => {
    const { ask, results } = await hook({ failing: true });
    expect((await ask(signed(BODY))).status).toBe(500);
    expect(results).toEqual(['failed']);
  });

  it('compares a header with the secret where the vendor signs that way (CHAT-13)', async () => {
    const { ask } = await hook({ verify: createTokenVerifier('abc', 'X-Telegram-Bot-Api-Secret-Token') });
    const withHeader = (value: string): Ask => ({
      method: 'POST',
      body: BODY,
      headers: { 'x-telegram-bot-api-secret-token': value },
    });
    expect((await ask(withHeader('abc'))).status).toBe(200);
    expect((await ask(withHeader('abcd'))).status).toBe(401);
    expect((await ask({ method: 'POST', body: BODY })).status).toBe(401);
  });
});
