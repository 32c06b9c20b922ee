import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { expect, it } from 'vitest';
import { createWebhookRoute } from '../../src/http/webhook.ts';
import { start } from './http-server.ts';

/** A webhook that takes everything, behind room for 1,000 bytes of bodies. */
async function frontDoor() {
  const stored: string[] = [];
  const route = createWebhookRoute({
    name: 'plane',
    maxBytes: 10_000,
    allowUnsigned: true,
    verify: null,
    deliveryId: (raw) => raw.toString(),
    seen: () => false,
    parse: () => ({ event: {} }),
    store: ({ deliveryId }) => stored.push(deliveryId) > 0,
  });
  return { ...(await start({ routes: { webhooks: [route], webhookBytes: 1000 } })), stored };
}

const open = (port: number, bytes: number): ClientRequest => {
  const outgoing = request({
    ...{ host: '127.0.0.1', port, path: '/webhook/plane', method: 'POST' },
    headers: { 'content-length': bytes, 'content-type': 'application/json' },
  });
  outgoing.flushHeaders();
  return outgoing;
};

const answer = async (outgoing: ClientRequest): Promise<IncomingMessage> => {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  return response;
};

it('at overload a delivery is refused with 503 and Retry-After, and taken once there is room again', async () => {
  const door = await frontDoor();
  const slow = open(door.port, 900);
  slow.write(' '.repeat(100));
  const refused = async () => {
    const response = await answer(open(door.port, 200).end(`${' '.repeat(198)}{}`));
    return response.statusCode === 503 ? response : null;
  };
  // The first request is under way once the server has seen its head.
  let response = await refused();
  while (response === null) response = await refused();
  expect(response.headers['retry-after']).toBe('1');
  const storedBefore = door.stored.length;
  slow.end(`${' '.repeat(798)}{}`);
  expect((await answer(slow)).statusCode).toBe(200);
  expect((await answer(open(door.port, 200).end(`${' '.repeat(198)}{}`))).statusCode).toBe(200);
  expect(door.stored.length).toBe(storedBefore + 2);
});
