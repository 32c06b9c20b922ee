import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryChatStorage } from '../../../src/bot/local-chat/memory-storage.ts';
import {
  createLocalChat,
  type LocalChat,
  type LocalChatOptions,
} from '../../../src/bot/local-chat/server.ts';
import type { ChatStorage } from '../../../src/bot/local-chat/storage.ts';
import { AppError } from '../../../src/errors.ts';
import { silentLogger } from '../../../src/log.ts';

const TOKEN = '42:page';
let storage: ChatStorage;
let chat: LocalChat;
let url: string;
let keyUrl: string;
let announced: string[];

const options = (): LocalChatOptions => ({
  ...{ host: '127.0.0.1', port: 0, storage, token: TOKEN, now: Date.now, log: silentLogger() },
  user: { id: 1001, firstName: 'You' },
  announce: (fresh) => void announced.push(fresh),
});
const open = async () => {
  chat = createLocalChat(options());
  ({ url, keyUrl } = await chat.listen());
};

beforeEach(async () => {
  storage = createMemoryChatStorage();
  announced = [];
  await open();
});
afterEach(() => chat.close());

/** fetch does not let Host be set. */
const get = (path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, { headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
    request.end();
  });

const signIn = async (link = keyUrl): Promise<Record<string, string>> => {
  const response = await fetch(link);
  expect(response.status).toBe(200);
  return { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' };
};
const post = (path: string, body: unknown, headers: Record<string, string>) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
interface State {
  position: string;
  messages: { id: number; text: string; own: boolean; silent: boolean; buttons: { text: string }[][] }[];
}
const stateOf = async (headers: Record<string, string>) =>
  (await (await fetch(`${url}/api/state`, { headers })).json()) as State;

describe('the door', () => {
  test('LOCAL-2: a key signs one browser in, once, with an HttpOnly and SameSite=Strict cookie', async () => {
    const first = await fetch(keyUrl);
    expect([first.status, first.headers.get('refresh')]).toEqual([200, '0; url=/']);
    expect(first.headers.get('set-cookie')).toMatch(
      /^orch_chat_\d+=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\//,
    );
    const second = await fetch(keyUrl);
    expect(second.status).toBe(403);
    expect(second.headers.get('set-cookie')).toBeNull();
    const mine = { cookie: first.headers.get('set-cookie')?.split(';')[0] ?? '' };
    expect((await fetch(keyUrl, { headers: mine })).status).toBe(200);
    expect((await fetch(`${url}/`, { headers: mine })).status).toBe(200);
  });

  test('without a session there is the locked page and nothing else', async () => {
    for (const path of ['/api/state', '/events', '/app.js', '/api/file/x', '/nothing']) {
      expect((await fetch(`${url}${path}`)).status, path).toBe(401);
    }
    for (const path of ['/icon.svg', '/favicon.ico'])
      expect((await fetch(`${url}${path}`)).headers.get('content-type'), path).toBe('image/svg+xml');
    const locked = await fetch(`${url}/`);
    expect([locked.status, (await locked.text()).includes('needs its key')]).toEqual([403, true]);
    expect((await post('/api/say', { text: 'hi' }, { cookie: 'orch_chat=guess' })).status).toBe(401);
    expect(chat.driver.messages()).toEqual([]);
  });

  test('a locked visit announces one fresh key, and only when none is left unused', async () => {
    await fetch(`${url}/`);
    expect(announced).toEqual([]);
    await signIn();
    await fetch(`${url}/`);
    await fetch(`${url}/`);
    expect(announced).toHaveLength(1);
    await signIn(announced[0]);
  });

  test('a session outlives a restart of the process', async () => {
    const { cookie = '' } = await signIn();
    await chat.close();
    await open();
    const secret = cookie.split('=')[1];
    const renamed = { cookie: `orch_chat_${new URL(url).port}=${secret}` };
    expect((await fetch(`${url}/api/state`, { headers: renamed })).status).toBe(200);
  });

  test('LOCAL-2: a foreign Host or Origin is refused in one line', async () => {
    const { port } = new URL(url);
    const foreignHost = await get('/', { host: `evil.example:${port}` });
    expect(foreignHost).toEqual({
      status: 403,
      body: `Refused: expected Host 127.0.0.1:${port}, found evil.example:${port}.\n`,
    });
    const foreignOrigin = await get('/', { host: `localhost:${port}`, origin: 'http://evil.example' });
    expect(foreignOrigin).toEqual({
      status: 403,
      body: `Refused: expected Origin http://localhost:${port}, found http://evil.example.\n`,
    });
    const session = await signIn();
    const crossSite = await post('/api/say', { text: 'hi' }, { ...session, origin: 'null' });
    expect(crossSite.status).toBe(403);
    const bot = await get(`/bot${TOKEN}/getMe`, { host: `127.0.0.1:${port}`, origin: 'http://evil.example' });
    expect(bot.status).toBe(403);
  });

  test('the page forbids every outside resource, frames and sniffing', async () => {
    const page = await fetch(`${url}/`, { headers: await signIn() });
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const html = await page.text();
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(html).not.toMatch(/<script(?![^>]*src=)/);
  });
});

describe('listening', () => {
  test('a port in use is one line that says what to do', async () => {
    const port = Number(new URL(url).port);
    const second = createLocalChat({ ...options(), port });
    await expect(second.listen()).rejects.toMatchObject({
      code: 'port-in-use',
      message: `The chat page needs port ${port} on 127.0.0.1, but another program uses it.`,
      hint: 'Stop that program or set ORCH_LOCAL_CHAT_PORT to a free port.',
    });
    await second.close();
  });

  test('LOCAL-3: an address others can reach is refused unless it is allowed, and then needs the key', async () => {
    const refused = createLocalChat({ ...options(), host: '0.0.0.0' });
    await expect(refused.listen()).rejects.toBeInstanceOf(AppError);
    await refused.close();
    const remote = createLocalChat({ ...options(), host: '0.0.0.0', allowRemote: true });
    const address = await remote.listen();
    expect((await fetch(`${address.url}/api/state`)).status).toBe(401);
    expect((await fetch(address.keyUrl)).status).toBe(200);
    await remote.close();
  });
});

describe('acting and watching', () => {
  const bot = (method: string, body: object) =>
    post(`/bot${TOKEN}/${method}`, { chat_id: 1001, ...body }, {});

  test('what the page says, replies and presses reaches the bot as updates of the local user', async () => {
    const session = await signIn();
    await bot('sendMessage', {
      text: 'Ready?',
      reply_markup: { inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] },
    });
    await post('/api/say', { text: '/start' }, session);
    await post('/api/say', { text: 'because', replyTo: 1 }, session);
    const { queryId } = (await (await post('/api/press', { messageId: 1, data: 'go' }, session)).json()) as {
      queryId: string;
    };
    const updates = await (await bot('getUpdates', {})).json();
    expect(updates).toMatchObject({
      result: [
        { message: { text: '/start', from: { id: 1001 } } },
        { message: { text: 'because', reply_to_message: { message_id: 1 } } },
        { callback_query: { id: queryId, data: 'go', from: { id: 1001 } } },
      ],
    });
  });

  test('an impossible deed is answered with one sentence', async () => {
    const session = await signIn();
    const deeds: [string, object, string][] = [
      ['/api/say', { text: ' ' }, 'Expected some text.'],
      ['/api/say', { text: 'x'.repeat(4097) }, 'Expected at most 4096 characters, found 4097.'],
      ['/api/press', { messageId: 77, data: 'go' }, 'There is no message 77 in this chat any more.'],
    ];
    for (const [path, body, error] of deeds) {
      const response = await post(path, body, session);
      expect([response.status, await response.json()]).toEqual([400, { error }]);
    }
    const form = await post('/api/say', {}, { ...session, 'content-type': 'text/plain' });
    expect(form.status).toBe(400);
  });

  test('LOCAL-4: history survives a restart, with silence and buttons', async () => {
    const session = await signIn();
    await post('/api/say', { text: 'build it' }, session);
    await bot('sendMessage', { text: 'card', disable_notification: true });
    await chat.close();
    await open();
    expect((await stateOf(await signIn())).messages).toMatchObject([
      { text: 'build it', own: true },
      { text: 'card', own: false, silent: true },
    ]);
  });

  test('events resume where a page left off, and reset a page of an earlier process', async () => {
    const session = await signIn();
    const { position } = await stateOf(session);
    await bot('sendMessage', { text: 'missed' });
    const read = async (after: string, frames: number): Promise<{ kind: string }[]> => {
      const stop = new AbortController();
      const response = await fetch(`${url}/events?after=${after}`, { headers: session, signal: stop.signal });
      const events: { kind: string }[] = [];
      const decoder = new TextDecoder();
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        for (const line of decoder.decode(chunk).split('\n')) {
          if (line.startsWith('data: ')) events.push(JSON.parse(line.slice(6)));
        }
        if (events.length >= frames) break;
      }
      stop.abort();
      return events;
    };
    expect(await read(position, 1)).toMatchObject([{ kind: 'message', message: { text: 'missed' } }]);
    expect(await read('0ldb00t0-3', 1)).toEqual([{ kind: 'reset' }]);
  });

  test('a document is a download, never a page of our origin', async () => {
    const session = await signIn();
    const form = new FormData();
    form.set('chat_id', '1001');
    form.set('document', new Blob(['<script>alert(1)</script>'], { type: 'text/html' }), 'ORCH-1 ж.html');
    const sent = await fetch(`${url}/bot${TOKEN}/sendDocument`, { method: 'POST', body: form });
    const { result } = (await sent.json()) as { result: { document: { file_id: string } } };
    const file = await fetch(`${url}/api/file/${result.document.file_id}`, { headers: session });
    expect(file.headers.get('content-type')).toBe('application/octet-stream');
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''ORCH-1%20%D0%B6.html`);
  });
});
