import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What happens to the next letters. */
export type Mood = 'lost' | 'doubled' | 'delayed' | 'reordered';

/** Between the servers and the system: every webhook passes here, and is not always carried on as it came. */
export interface PostOffice {
  url: string;
  /** The next `letters` webhooks fare like this. */
  treat(mood: Mood, letters: number): void;
  /** Back to one letter in, one letter out; what is held back is sent. */
  heal(): void;
  /** How many fared like this so far. */
  treated(mood: Mood): number;
  close(): Promise<void>;
}

interface Letter {
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

const LATE_MS = 1500;

/** `target` is the system's own address; when it is down a letter is lost, as the senders lose it. */
export async function openPostOffice(target: () => string): Promise<PostOffice> {
  let mood: Mood | null = null;
  let left = 0;
  let held: Letter[] = [];
  const counts = new Map<Mood, number>();
  const send = async ({ path, headers, body }: Letter) => {
    await fetch(`${target()}${path}`, { method: 'POST', headers, body }).then(
      (answer) => answer.arrayBuffer(),
      () => undefined,
    );
  };
  const WAYS: Record<Mood, (letter: Letter) => Promise<unknown>> = {
    lost: async () => undefined,
    doubled: (letter) => Promise.all([send(letter), send(letter)]),
    delayed: (letter) => delay(LATE_MS).then(() => send(letter)),
    reordered: async (letter) => void held.unshift(letter),
  };
  const release = async () => {
    const letters = held;
    held = [];
    for (const letter of letters) await send(letter);
  };
  const carry = async (letter: Letter) => {
    if (mood === null) return send(letter);
    const now = mood;
    counts.set(now, (counts.get(now) ?? 0) + 1);
    left -= 1;
    if (left <= 0) mood = null;
    await WAYS[now](letter);
    if (mood === null) await release();
  };
  const server = createServer(async (request, response) => {
    const letter = { path: request.url ?? '/', headers: headersOf(request), body: await bodyOf(request) };
    // The sender's time-out is no fault of ours: it gets its answer at once.
    response.end();
    void carry(letter);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    treat(next, letters) {
      mood = next;
      left = letters;
    },
    heal() {
      mood = null;
      void release();
    },
    treated: (one) => counts.get(one) ?? 0,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const KEPT = /^(content-type|x-.*)$/;

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string] => KEPT.test(entry[0]) && typeof entry[1] === 'string',
    ),
  );

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
