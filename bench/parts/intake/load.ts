// Sends signed deliveries as fast as they are answered: `load.ts <options as JSON>`; prints what came back.
import { createHmac } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { LoadOptions, LoadResult } from './deliveries.ts';
import { deliveryOf } from './deliveries.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;
const agent = new Agent({ keepAlive: true, maxSockets: options.connections });

const answerOf = (response: IncomingMessage): Promise<number> =>
  new Promise((resolve, reject) => {
    response.once('end', () => resolve(response.statusCode ?? 0));
    response.once('error', reject);
    response.resume();
  });

async function send(n: number): Promise<IncomingMessage> {
  const { path, headers, body, signatureHeader, secret, prefix } = deliveryOf(n, options);
  const signature = prefix + createHmac('sha256', secret).update(body).digest('hex');
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ agent, host: '127.0.0.1', port: options.port, path, method: 'POST' },
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          [signatureHeader]: signature,
          ...headers,
        },
      },
      resolve,
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

const statuses: Record<string, number> = {};
const tookMs: number[] = [];
let next = options.from;
const end = options.from + options.deliveries;
const startedAt = performance.now();
await Promise.all(
  Array.from({ length: options.connections }, async () => {
    while (next < end) {
      const n = next;
      next += 1;
      const sentAt = performance.now();
      const response = await send(n);
      const status = await answerOf(response);
      tookMs.push(performance.now() - sentAt);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  }),
);
const result: LoadResult = { seconds: (performance.now() - startedAt) / 1000, statuses, tookMs };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
