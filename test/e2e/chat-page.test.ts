import { Bot, InputFile } from 'grammy';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { createMemoryChatStorage } from '../../src/bot/local-chat/memory-storage.ts';
import { createLocalChat, type LocalChat } from '../../src/bot/local-chat/server.ts';
import type { ChatStorage } from '../../src/bot/local-chat/storage.ts';
import { silentLogger } from '../../src/log.ts';
import { requireChromium } from '../support/browser.ts';

const TOKEN = '42:page';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-component-update',
];
const ME = 1001;
let chat: LocalChat;
let bot: Bot;
let browser: Browser | undefined;
let complaints: string[];

const create = (storage: ChatStorage, port = 0) =>
  createLocalChat({
    ...{ host: '127.0.0.1', port, storage, token: TOKEN, now: Date.now },
    ...{ log: silentLogger(), user: { id: ME, firstName: 'You' } },
  });

beforeEach(async () => {
  chat = create(createMemoryChatStorage());
  const { apiRoot } = await chat.listen();
  bot = new Bot(TOKEN, { client: { apiRoot } });
  complaints = [];
});
afterEach(async () => {
  await browser?.close();
  browser = undefined;
  if (bot.isRunning()) await bot.stop();
  await chat.close();
});

/** Opens the page signed in; whatever the browser complains about fails the test at its end. */
async function openPage(context: TestContext): Promise<Page> {
  const executablePath = requireChromium(context);
  browser ??= await chromium.launch({ executablePath, args: FLAGS });
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(chat.apiRoot)) complaints.push(`outside request: ${request.url()}`);
  });
  await page.goto(chat.issueKeyUrl());
  await page.locator('[data-connection="online"]').waitFor();
  return page;
}
const messages = (page: Page) => page.locator('.message');

test('a person writes, taps, is answered, and sees the message change in place', async (context) => {
  const page = await openPage(context);
  bot.on('message:text', (one) =>
    one.reply(`Draft: ${one.message.text}`, {
      reply_markup: {
        inline_keyboard: [
          [
            { text: '✅ Create', callback_data: 'create' },
            { text: '✖️ Cancel', callback_data: 'cancel' },
          ],
        ],
      },
    }),
  );
  bot.callbackQuery('create', async (one) => {
    await one.answerCallbackQuery('Created.');
    await one.editMessageText('ORCH-001 is on its way.');
  });
  bot.callbackQuery('cancel', (one) =>
    one.answerCallbackQuery({ text: 'Only an owner can do this.', show_alert: true }),
  );
  void bot.start();

  const input = page.getByRole('combobox');
  await input.fill('Add CSV export');
  await input.press('Shift+Enter');
  await input.pressSequentially('with a header');
  await input.press('Enter');
  await expect
    .poll(() => messages(page).nth(0).locator('.line').allTextContents())
    .toEqual(['Add CSV export', 'with a header']);

  await page.getByRole('button', { name: '✖️ Cancel' }).click();
  await page.getByRole('dialog').getByText('Only an owner can do this.').waitFor();
  await page.getByRole('button', { name: 'OK' }).click();

  await page.getByRole('button', { name: '✅ Create' }).click();
  await page.locator('.toast', { hasText: 'Created.' }).waitFor();
  await messages(page).nth(1).getByText('ORCH-001 is on its way.').waitFor();
  expect(await messages(page).count()).toBe(2);
  expect(await messages(page).nth(1).locator('.edited').count()).toBe(1);
  expect(await page.locator('.key').count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('LOCAL-4: silence, forced replies, documents and commands are shown', async (context) => {
  const page = await openPage(context);
  await bot.api.setMyCommands([
    { command: 'tasks', description: 'List tasks' },
    { command: 'why', description: 'Why a task waits' },
  ]);
  await bot.api.sendMessage(ME, 'quiet card', { disable_notification: true });
  await bot.api.sendMessage(ME, 'loud ping');
  await messages(page).nth(1).waitFor();
  expect(await messages(page).nth(0).getByRole('img', { name: 'sent silently' }).count()).toBe(1);
  expect(await messages(page).nth(1).getByRole('img', { name: 'sent with sound' }).count()).toBe(1);

  await bot.api.sendDocument(ME, new InputFile(Buffer.from('line\n'), 'ORCH-001-testing-1.log'));
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: /ORCH-001-testing-1.log/ }).click();
  expect((await downloading).suggestedFilename()).toBe('ORCH-001-testing-1.log');

  const input = page.getByRole('combobox');
  await input.fill('/w');
  await page.getByRole('option', { name: /why/ }).waitFor();
  await input.press('Tab');
  expect(await input.inputValue()).toBe('/why ');
  await input.fill('');

  const prompt = await bot.api.sendMessage(ME, 'Why do you reject it?', {
    reply_markup: { force_reply: true, input_field_placeholder: 'Reason' },
  });
  await page.locator('.quote', { hasText: 'Why do you reject it?' }).waitFor();
  expect(await input.getAttribute('placeholder')).toBe('Reason');
  await page.keyboard.type('Too big');
  await page.keyboard.press('Enter');
  const said = await chat.driver.sees(({ text }) => text === 'Too big');
  expect(said.reply_to_message?.message_id).toBe(prompt.message_id);
  expect(complaints).toEqual([]);
});

test('foreign text never becomes markup, and a link goes only where a browser should follow', async (context) => {
  const page = await openPage(context);
  const nasty = '<img src=x onerror=alert(1)> &amp; </script> javascript:alert(1)';
  chat.driver.says(nasty);
  await bot.api.sendMessage(
    ME,
    'safe <a href="https://example.org/">link</a> <code>&lt;b&gt;</code>\n<pre>a\nb</pre>',
    {
      parse_mode: 'HTML',
    },
  );
  await messages(page).nth(1).waitFor();
  expect(await messages(page).nth(0).locator('.text').textContent()).toBe(nasty);
  expect(await page.locator('.message img, .message script').count()).toBe(0);
  const links = messages(page).locator('a');
  expect(await links.count()).toBe(1);
  expect(await links.first().getAttribute('href')).toBe('https://example.org/');
  expect(await links.first().getAttribute('rel')).toContain('noopener');
  expect(await messages(page).nth(1).locator('pre').textContent()).toBe('a\nb');
  expect(complaints).toEqual([]);
});

test('two windows show the same chat, and a deleted message leaves both', async (context) => {
  const [one, two] = [await openPage(context), await openPage(context)];
  const { message_id } = await bot.api.sendMessage(ME, 'for a moment');
  for (const page of [one, two]) await messages(page).getByText('for a moment').waitFor();
  await bot.api.deleteMessage(ME, message_id);
  for (const page of [one, two]) await expect.poll(() => messages(page).count()).toBe(0);
  await one.locator('.nothing-title').waitFor();
});

test('an unsigned browser sees the locked page', async (context) => {
  await openPage(context);
  const stranger = await (await browser?.newContext())?.newPage();
  await stranger?.goto(chat.apiRoot);
  expect(await stranger?.getByRole('heading').textContent()).toBe('This chat needs its key');
});

test('LOCAL-4: the page says that the process is gone, and goes on by itself when it is back', async (context) => {
  const page = await openPage(context);
  await bot.api.sendMessage(ME, 'before');
  await messages(page).getByText('before').waitFor();
  const port = Number(new URL(chat.apiRoot).port);
  await chat.close();
  await page.getByRole('alert').getByText('Connection lost').waitFor();
  await page.getByRole('combobox').fill('kept text');
  await page.getByRole('combobox').press('Enter');
  await page.locator('.toast', { hasText: 'Not sent' }).waitFor();
  expect(await page.getByRole('combobox').inputValue()).toBe('kept text');

  chat = create(chat.core.storage, port);
  await chat.listen();
  await bot.api.sendMessage(ME, 'after');
  await messages(page).getByText('after').waitFor();
  await page.getByRole('alert').waitFor({ state: 'hidden' });
  expect(await messages(page).count()).toBe(2);
});
