// Opens every delivery at the same moment and sends the bodies only then: `burst.ts <options as JSON>`. What is refused is sent
// again after the time the answer names, as senders do that retry. Prints what came back.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type BurstOptions, type BurstResult, largeDelivery } from './deliveries.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as BurstOptions;

interface Opened {
  outgoing: ClientRequest;
  body: Buffer;
  answer: Promise<{ status: number; retryAfter: string | null }>;
}

async function answerOf(response: IncomingMessage): Promise<{ status: number; retryAfter: string | null }> {
  response.resume();
  await once(response, 'close');
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] ?? null };
}

/** Resolves once the server has seen the head, and so has decided whether it takes the body. */
async function open(n: number, agent: Agent): Promise<Opened> {
  const { path, headers, body, signatureHeader, secret } = largeDelivery(n, options.bytes);
  const outgoing = request({
    ...{ agent, host: '127.0.0.1', port: options.port, path, method: 'POST' },
    headers: {
      'content-type': 'application/json',
      'content-length': body.length,
      [signatureHeader]: createHmac('sha256', secret).update(body).digest('hex'),
      expect: '100-continue',
      ...headers,
    },
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    // After an answer it is a body that nobody wanted.
    outgoing.on('error', reject);
  }).then(answerOf);
  answer.catch(() => undefined);
  outgoing.flushHeaders();
  await Promise.race([once(outgoing, 'continue'), answer]);
  return { outgoing, body, answer };
}

const result: BurstResult = { accepted: 0, refused: 0, refusedWithRetryAfter: 0, others: {}, rounds: 0 };
let left = Array.from({ length: options.deliveries }, (_, index) => 1 + index);
while (left.length > 0) {
  // New connections every time: one that was idle in between may just be closing.
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const opened = await Promise.all(left.map((n) => open(n, agent)));
  for (const { outgoing, body } of opened) outgoing.end(body);
  const answers = await Promise.all(opened.map(({ answer }) => answer));
  agent.destroy();
  const refused = answers.filter(({ status }) => status === 503);
  for (const { status } of answers) {
    if (status === 200) result.accepted += 1;
    else if (status !== 503) result.others[status] = (result.others[status] ?? 0) + 1;
  }
  result.refused += refused.length;
  result.refusedWithRetryAfter += refused.filter(({ retryAfter }) => Number(retryAfter) > 0).length;
  result.rounds += 1;
  left = left.filter((_, index) => answers[index]?.status === 503);
  if (left.length > 0) await delay(1000 * Math.max(...refused.map(({ retryAfter }) => Number(retryAfter))));
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
