import { describe, expect, it } from 'vitest';
import { HOSTILE, NOW, sampleBoard } from '../../support/board/sample.ts';
import { type Ask, start, TOKEN } from '../http-server.ts';
import { BOT_TOKEN, signedInitData } from './init-data.ts';

// REC-140 and ACC-1 to ACC-2 for the page.

const PROXIED = { 'x-forwarded-for': '203.0.113.9' };
const PAGES = ['/board', '/board/costs', '/board/tasks/SHOP-012', '/board/tasks/SHOP-012/log'];

const board = (more: { botToken?: string; publicUrl?: string; lang?: 'en' | 'ru' } = {}) => ({
  api: sampleBoard(),
  lang: 'en' as const,
  tz: 'UTC',
  now: () => NOW,
  ...more,
});
/** Hostile text wherever people, models and tools write. */
const hostileBoard = () => {
  const made = board();
  const evil = { title: HOSTILE, sentence: HOSTILE, live: HOSTILE, repo: HOSTILE };
  made.api.tasks = made.api.tasks.map((task) => ({ ...task, ...evil }));
  made.api.lines.push(HOSTILE);
  return made;
};
const form = (fields: Record<string, string>, headers: Record<string, string> = {}): Ask => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(fields).toString(),
});
const cookieIn = (header: string | string[] | undefined): string => String(header).split(';')[0] ?? '';

describe('who may look (REC-140)', () => {
  it('this machine by its own name, without a token', async () => {
    const { ask } = await start({ routes: { board: board() } });
    for (const path of PAGES) expect((await ask(path)).status, path).toBe(200);
  });

  it('no page of another site that took a name for this machine', async () => {
    const { ask } = await start({ routes: { board: board() } });
    expect((await ask('/board', { headers: { host: 'rebound.example.test' } })).status).toBe(401);
  });

  it('through a proxy only with the token, and nothing of a task is told before', async () => {
    const { ask } = await start({ routes: { board: board() }, access: { adminToken: TOKEN } });
    for (const path of PAGES) {
      const closed = await ask(path, { headers: PROXIED });
      expect(closed.status, path).toBe(401);
      expect(closed.text).not.toContain('SHOP-0');
    }
    const bearer = { ...PROXIED, authorization: `Bearer ${TOKEN}` };
    expect((await ask('/board', { headers: bearer })).status).toBe(200);
  });

  it('a person enters the token once and is known by a cookie that scripts cannot read', async () => {
    const { ask } = await start({ routes: { board: board() }, access: { adminToken: TOKEN } });
    const wrong = await ask('/board/session', form({ token: 'guess' }, PROXIED));
    expect([wrong.status, wrong.headers['set-cookie']]).toEqual([401, undefined]);
    expect(wrong.text).toContain('That did not fit');
    const right = await ask('/board/session', form({ token: TOKEN }, PROXIED));
    expect([right.status, right.headers.location]).toEqual([303, '/board']);
    expect(String(right.headers['set-cookie'])).toMatch(/HttpOnly; Path=\/board; Max-Age=\d+; SameSite=Lax/);
    const cookie = cookieIn(right.headers['set-cookie']);
    expect((await ask('/board', { headers: { ...PROXIED, cookie } })).status).toBe(200);
    expect((await ask('/board', { headers: { ...PROXIED, cookie: `${cookie}x` } })).status).toBe(401);
  });

  it('no other site signs a browser in', async () => {
    const { ask } = await start({ routes: { board: board() }, access: { adminToken: TOKEN } });
    const foreign = await ask(
      '/board/session',
      form({ token: TOKEN }, { origin: 'https://evil.example.test' }),
    );
    expect(foreign.status).toBe(403);
  });
});

describe('opened from the chat as a Mini App', () => {
  const open = () =>
    start({
      routes: { board: board({ botToken: BOT_TOKEN, publicUrl: 'https://orchestrator.example.test' }) },
      access: { adminToken: TOKEN },
    });
  const enter = (ask: Awaited<ReturnType<typeof open>>['ask'], init_data: string) =>
    ask('/board/session', form({ init_data }, PROXIED));

  it('a paired person sees the projects of their scope, and logs as their role allows (ACC-2)', async () => {
    const { ask } = await open();
    const kim = await enter(ask, signedInitData({ id: 1002 }, NOW));
    expect(kim.status).toBe(303);
    expect(String(kim.headers['set-cookie'])).toMatch(/Secure; SameSite=None; Partitioned/);
    const headers = { ...PROXIED, cookie: cookieIn(kim.headers['set-cookie']) };
    const seen = (await ask('/board', { headers })).text;
    expect(seen).toContain('BLOG-003');
    expect(seen).not.toContain('SHOP-0');
    expect((await ask('/board/tasks/SHOP-012', { headers })).status).toBe(404);
    expect((await ask('/board/tasks/SHOP-012/log', { headers })).status).toBe(404);
    const log = await ask('/board/tasks/BLOG-003/log', { headers });
    expect(log.text).toContain('for operators and owners');
    expect(log.text).not.toContain('item-1.ts');
    const ada = await enter(ask, signedInitData({ id: 1001 }, NOW));
    const owner = { ...PROXIED, cookie: cookieIn(ada.headers['set-cookie']) };
    expect((await ask('/board/tasks/SHOP-012/log', { headers: owner })).text).toContain('item-1.ts');
  });

  it.each([
    ['of a stranger', signedInitData({ id: 9999 }, NOW)],
    ['signed with another token', signedInitData({ id: 1001 }, NOW, '1:other')],
    ['an hour old', signedInitData({ id: 1001 }, NOW - 3_700_000)],
    ['from tomorrow', signedInitData({ id: 1001 }, NOW + 86_400_000)],
    ['without a user', signedInitData(null, NOW)],
    ['changed on the way', signedInitData({ id: 1002 }, NOW).replace('1002', '1001')],
    ['empty', ''],
  ])('refuses data %s', async (_, data) => {
    const { ask } = await open();
    expect((await enter(ask, data)).status).toBe(401);
  });
});

describe('what the pages are', () => {
  it('every text of a user, model or tool is escaped, and only our own files may act', async () => {
    const { ask } = await start({ routes: { board: hostileBoard() } });
    for (const path of [...PAGES, '/board/tasks/SHOP-013', '/board/costs?days=7&project=shop']) {
      const { text, headers } = await ask(path);
      expect(text, path).not.toMatch(/<img src=x|onerror="|\u202E/);
      expect(text, path).not.toMatch(/<script(?![^>]* src="\/board\/assets\/)| style="| on\w+="/);
      expect(headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self'/);
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/);
    }
    expect((await ask('/board')).text).toContain(HOSTILE.slice(0, 4).replace('<', '&lt;'));
  });

  it('nothing below /board changes anything', async () => {
    const { ask } = await start({ routes: { board: board() } });
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      for (const path of PAGES)
        expect((await ask(path, { method })).status, `${method} ${path}`).toBeGreaterThan(399);
  });

  it('a look that finds nothing new costs no page', async () => {
    const { ask } = await start({ routes: { board: board() } });
    const first = await ask('/board');
    const again = await ask('/board', { headers: { 'if-none-match': String(first.headers.etag) } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('what does not exist, and what nobody may ask, is said in words', async () => {
    const { ask } = await start({ routes: { board: board() } });
    const gone = await ask('/board/tasks/SHOP-999');
    expect([gone.status, gone.text.includes('There is no such task')]).toEqual([404, true]);
    expect((await ask('/board/costs?days=12')).status).toBe(400);
    expect((await ask('/board/assets/..%2Froutes.ts')).status).toBe(404);
  });

  it('speaks Russian where the installation does', async () => {
    const { ask } = await start({ routes: { board: board({ lang: 'ru' }) } });
    const page = await ask('/board/tasks/SHOP-012');
    for (const word of ['Ход работы', 'Куда ушло время', 'утверждение анализа', '5 ч'])
      expect(page.text).toContain(word);
  });

  it('is light: a page of the sample stays below 16 kB, all of its files below 40 kB', async () => {
    const { ask } = await start({ routes: { board: board() } });
    const page = await ask('/board/tasks/SHOP-012');
    const files = [...page.text.matchAll(/"(\/board\/assets\/[^"]+)"/g)].map(([, path]) => String(path));
    const sizes = await Promise.all([...new Set(files)].map(async (path) => (await ask(path)).text.length));
    expect(page.text.length).toBeLessThan(16_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(40_000);
  });
});
