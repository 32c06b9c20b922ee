import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { requireChromium } from '../support/browser.ts';
import { type DemoProcess, startDemo, temporaryDir } from '../support/demo-process.ts';
import { choosePorts } from '../support/world.ts';

// LOCAL-1 to LOCAL-4, chat.md section 16 number 10: a person carries a task to production on the chat page.
// SCREENSHOTS=docs/images also draws the pictures of the README.

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1100, height: 860 };
const SHOT = { animations: 'disabled', caret: 'hide' } as const;
const LONG = { timeout: 90_000 };

let place: Awaited<ReturnType<typeof temporaryDir>>;
let shots: string;
let demo: DemoProcess;
let keyUrl: string;
let browser: Browser | undefined;

beforeAll(async () => {
  place = await temporaryDir('browser');
  await choosePorts(place.dir);
  shots = process.env.SCREENSHOTS ?? (await mkdtemp(path.join(tmpdir(), 'orch-shots-')));
  await mkdir(shots, { recursive: true });
  demo = startDemo({ args: ['--data-dir', place.dir] });
  keyUrl = await demo.keyUrl();
});
afterAll(async () => {
  await browser?.close();
  await demo.interrupt();
  await place.remove();
  if (process.env.SCREENSHOTS === undefined) await rm(shots, { recursive: true, force: true });
});

async function open(context: TestContext): Promise<Page> {
  const executablePath = requireChromium(context);
  browser ??= await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({ viewport: PHONE, deviceScaleFactor: 2 });
  page.setDefaultTimeout(LONG.timeout);
  return page;
}

/** The card from its first line, without pointer and passing notices. */
async function shoot(page: Page, card: Locator, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await expect.poll(() => page.locator('.toast').count(), { timeout: 15_000 }).toBe(0);
  await card.evaluate((node) => node.scrollIntoView({ block: 'start' }));
  await page.screenshot({ ...SHOT, path: path.join(shots, name) });
}
/** Newest button of this name; older messages may still show theirs. */
const button = (page: Page, name: RegExp) => page.getByRole('button', { name }).last();

test('a person approves, confirms and sees the task done; the live card is edited in place', async (context) => {
  const page = await open(context);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(keyUrl).origin)) complaints.push(`outside: ${request.url()}`);
  });
  await page.goto(keyUrl);
  const card = page.locator('.message', { hasText: 'SHOP-001' }).filter({ hasText: '━━━' }).first();
  await card.waitFor();
  await button(page, /Approve/).click();
  await card.getByText(/Architecture/).waitFor();
  expect(await card.locator('.edited').count()).toBe(1);

  await card
    .getByText(/Development/)
    .first()
    .waitFor();
  await button(page, /Deploy [0-9a-f]{7}/).waitFor();
  await shoot(page, card, 'chat-card.png');
  const messages = await page.locator('.message').count();
  await button(page, /Deploy [0-9a-f]{7}/).click();
  await button(page, /^Yes/).click();
  await card.getByText(/DONE/).first().waitFor();
  // The whole way was one card, edited: taps and questions are the only other messages.
  expect(
    await page.locator('.message').filter({ hasText: '━━━' }).filter({ hasText: 'SHOP-001' }).count(),
  ).toBe(1);
  expect(await page.locator('.message').count()).toBeLessThan(messages + 5);
  await shoot(page, card, 'chat-done.png');
  await page.setViewportSize(DESKTOP);
  await shoot(page, card, 'chat-desktop.png');
  expect(complaints).toEqual([]);
});

test('LOCAL-2: the key of the printed URL signs one browser in, once', async (context) => {
  const page = await open(context);
  const stranger = await (await browser?.newContext())?.newPage();
  const answer = await stranger?.goto(keyUrl);
  expect(answer?.status()).toBeGreaterThanOrEqual(400);
  await stranger?.getByRole('heading', { name: /key/ }).waitFor();
  await page.close();
});

test('Ctrl-C ends the demo and nothing is left running', async () => {
  expect(await demo.interrupt()).toBe(0);
});
