import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { silentLogger } from '../../src/log.ts';
import { BOT_TOKEN, signedInitData } from '../http/board/init-data.ts';
import { depsOf } from '../http/http-server.ts';
import { HOSTILE, NOW, sampleBoard, TASKS } from '../support/board/sample.ts';
import { requireChromium } from '../support/browser.ts';

// The board in a real browser, at the size of a phone and of a desktop. SHOTS=dir keeps the pictures.

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 640 };
const TOKEN = 'board-admin-token-0123456789';
const [FIRST] = TASKS;

let browser: Browser | undefined;
let server: HttpServer;
let base: string;
let board: ReturnType<typeof sampleBoard>;
let complaints: string[];
let shots: string;

beforeEach(async () => {
  board = sampleBoard();
  const deps = await depsOf({
    access: { adminToken: TOKEN, isLoopback: (address) => address === '127.0.0.1' },
    routes: { board: { api: board, lang: 'en', tz: 'UTC', botToken: BOT_TOKEN, now: () => NOW } },
  });
  server = createHttpServer({ ...deps, log: silentLogger() });
  base = `http://127.0.0.1:${(await server.listen()).port}`;
  complaints = [];
  shots = process.env.SHOTS ?? (await mkdtemp(path.join(tmpdir(), 'orch-board-')));
  await mkdir(shots, { recursive: true });
});
afterEach(async () => {
  await Promise.all(browser?.contexts().map((one) => one.close()) ?? []);
  await server.close(0);
  if (process.env.SHOTS === undefined) await rm(shots, { recursive: true, force: true });
});
afterAll(() => browser?.close());

/** A fresh browser of this size; whatever it complains about fails the test at its end. */
async function open(
  context: TestContext,
  viewport = PHONE,
  more: Parameters<Browser['newContext']>[0] = {},
): Promise<Page> {
  const executablePath = requireChromium(context);
  browser ??= await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const person: BrowserContext = await browser.newContext({ viewport, deviceScaleFactor: 2, ...more });
  const page = await person.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) complaints.push(`outside: ${request.url()}`);
  });
  return page;
}
const live = (page: Page) => page.locator('.connection[data-state="live"]').waitFor();
const widerThanScreen = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

const SIZES = [
  { size: 'phone', viewport: PHONE, colorScheme: 'light' },
  { size: 'desktop', viewport: DESKTOP, colorScheme: 'light' },
  { size: 'phone-dark', viewport: PHONE, colorScheme: 'dark' },
] as const;
const PAGES = {
  overview: '/board',
  task: '/board/tasks/SHOP-012',
  log: '/board/tasks/SHOP-012/log',
  costs: '/board/costs?days=30',
};

for (const { size, viewport, colorScheme } of SIZES)
  test(`every page is whole and fits a ${size}`, async (context) => {
    const page = await open(context, viewport, { colorScheme });
    for (const [name, route] of Object.entries(PAGES)) {
      await page.goto(`${base}${route}`);
      await live(page);
      expect(await widerThanScreen(page), `${name} on ${size}`).toBe(0);
      await page.screenshot({ path: path.join(shots, `${name}-${size}.png`), fullPage: name !== 'log' });
    }
    expect(complaints).toEqual([]);
  });

test('a task that moves is shown where it is now, without a reload, and what is unfolded stays unfolded', async (context) => {
  board.tasks = board.tasks.map((task) => ({ ...task, title: `${task.title} ${HOSTILE}` }));
  const page = await open(context, DESKTOP);
  await page.goto(`${base}/board`);
  await page.locator('[data-part="column-analysis"]', { hasText: 'SHOP-014' }).waitFor();
  board.tasks = board.tasks.map((task) =>
    task.wid === FIRST?.wid
      ? { ...task, stage: 'testing', tone: 'working', sentence: 'tester is at work.' }
      : task,
  );
  await page.locator('[data-part="column-testing"]', { hasText: 'tester is at work.' }).waitFor();
  expect(await page.locator('[data-part="column-analysis"] .card').count()).toBe(0);

  await page.getByRole('link', { name: /SHOP-012/ }).click();
  await page.locator('.visit details').first().locator('summary').click();
  board.tasks = board.tasks.map((task) => (task.wid === 'SHOP-012' ? { ...task, costUsd: 2.5 } : task));
  await page.getByText('$2.50').waitFor();
  expect(await page.locator('.visit details[open]').count()).toBe(1);
  expect(await page.title()).not.toBe('owned');
  expect(complaints).toEqual([]);
});

test('the log grows and its end stays in view', async (context) => {
  const page = await open(context);
  await page.goto(`${base}/board/tasks/SHOP-012/log`);
  await live(page);
  board.lines.push('14:60 ran npm test: 41 passed');
  await page.getByText('41 passed').waitFor();
  await expect
    .poll(() => page.evaluate('document.documentElement.scrollHeight - innerHeight - scrollY'))
    .toBeLessThan(5);
  expect(complaints).toEqual([]);
});

test('a server that goes away is told, and found again', async (context) => {
  const page = await open(context);
  await page.goto(`${base}/board`);
  await live(page);
  await page.context().setOffline(true);
  await page.locator('.connection[data-state="offline"]').waitFor();
  await page.context().setOffline(false);
  await live(page);
});

test('a stranger from outside enters the token; a Mini App is signed in by itself', async (context) => {
  const outside = { extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.9' } };
  const page = await open(context, PHONE, outside);
  await page.goto(`${base}/board`);
  await page.getByLabel('Token').fill('not this one');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('alert').waitFor();
  await page.screenshot({ path: path.join(shots, 'enter-phone.png') });
  await page.getByLabel('Token').fill(TOKEN);
  await page.getByLabel('Token').press('Enter');
  await page.getByText('SHOP-014').waitFor();

  const mini = await open(context, PHONE, outside);
  const data = new URLSearchParams({
    tgWebAppData: signedInitData({ id: 1002 }, NOW),
    tgWebAppVersion: '8.0',
  });
  await mini.goto(`${base}/board#${data}`);
  await mini.getByText('BLOG-003').waitFor();
  expect(await mini.getByText('SHOP-014').count()).toBe(0);
  expect(complaints).toEqual([]);
});
