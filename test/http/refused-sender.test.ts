import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import Koa from 'koa';
import { it, onTestFinished } from 'vitest';
import { createAdmission } from '../../src/http/admission.ts';
import { until } from '../support/until.ts';

const BODY = 1_000_000;

/** A server that admits one and a half bodies at a time and answers with the length of each. */
async function start() {
  const app = new Koa();
  let inside = 0;
  app.use(createAdmission({ maxBytes: 1.5 * BODY, bodyMaxBytes: BODY }));
  app.use(async (ctx) => {
    inside += 1;
    let length = 0;
    try {
      for await (const chunk of ctx.req) length += (chunk as Buffer).length;
    } finally {
      inside -= 1;
    }
    ctx.body = String(length);
  });
  app.silent = true;
  const server = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, inside: () => inside };
}

interface Sender {
  socket: Socket;
  heard(): string;
}

/** Opens a request and sends its head alone. */
async function open(port: number): Promise<Sender> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY}\r\n\r\n`);
  onTestFinished(() => void socket.destroy());
  return { socket, heard: () => text };
}

const body = Buffer.alloc(BODY, 97);
const heard = (sender: Sender, what: RegExp) =>
  until(() => what.test(sender.heard()), { what: `${what}, heard ${sender.heard()}` });

it('what does not fit is told 503 and when to come again, and a sender in the middle of its body hears it (REC-35)', async () => {
  const { port, inside } = await start();
  const first = await open(port);
  await until(() => inside() === 1, { what: 'the first body is awaited' });
  const second = await open(port);
  second.socket.write(body);
  await heard(second, /^HTTP\/1\.1 503 [\s\S]*retry-after: [1-9]/i);
  first.socket.write(body);
  await heard(first, /^HTTP\/1\.1 200 [\s\S]*1000000/);
  second.socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY}\r\n\r\n`);
  second.socket.write(body);
  await heard(second, /503 [\s\S]*HTTP\/1\.1 200 [\s\S]*1000000/);
});

it('a sender that goes away makes room', async () => {
  const { port, inside } = await start();
  const first = await open(port);
  await until(() => inside() === 1, { what: 'the first body is awaited' });
  first.socket.destroy();
  await until(() => inside() === 0, { what: 'the first is gone' });
  const second = await open(port);
  second.socket.write(body);
  await heard(second, /^HTTP\/1\.1 200 /);
});
