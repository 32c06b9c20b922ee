import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { GITEA_SECRET, PLANE_SECRET } from '../parts/intake/deliveries.ts';

/** The least a webhook receiver on Koa does: raw body, HMAC, an answer. It parses nothing and keeps nothing. */
export async function startPlainIntake(): Promise<{ port: number; close(): Promise<void> }> {
  const app = new Koa();
  app.use(async (ctx) => {
    const chunks: Buffer[] = [];
    for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
    const [secret, header] = ctx.path.endsWith('plane')
      ? [PLANE_SECRET, 'x-plane-signature']
      : [GITEA_SECRET, 'x-gitea-signature'];
    const given = Buffer.from(ctx.get(header), 'hex');
    const made = createHmac('sha256', secret).update(Buffer.concat(chunks)).digest();
    if (given.length !== made.length || !timingSafeEqual(given, made)) ctx.status = 401;
    else ctx.body = { status: 'accepted' };
  });
  const server = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
