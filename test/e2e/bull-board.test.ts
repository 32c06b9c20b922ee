import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { Queue } from 'bullmq';
import { chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { start, TOKEN } from '../http/http-server.ts';
import { requireChromium } from '../support/browser.ts';
import { startTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

// REC-140: Bull Board behind the token, worked as a person works it.

test('Bull Board is worked in a browser: the token opens it, a job is read and removed, a queue paused and resumed', async (context) => {
  const executablePath = requireChromium(context);
  const redis = await startTestRedis();
  onTestFinished(() => redis.stop());
  const connection = { path: redis.socketPath, maxRetriesPerRequest: null };
  const queue = new Queue('gates', { connection });
  onTestFinished(() => queue.close());
  await queue.add('run-gate', { wid: 'SHOP-012' }, { jobId: 't12.testing.1.gate.tests_passed' });
  const bullBoard = [new BullMQAdapter(queue)];
  const { port } = await start({ routes: { bullBoard }, access: { adminToken: TOKEN } });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  onTestFinished(() => browser.close());
  const address = `http://127.0.0.1:${port}/admin/queues/queue/gates?status=latest`;

  const stranger = await browser.newContext({ httpCredentials: { username: 'admin', password: 'a guess' } });
  const refused = await (await stranger.newPage()).goto(address);
  expect(refused?.status()).toBe(401);

  const owner = await browser.newContext({ httpCredentials: { username: 'admin', password: TOKEN } });
  const page = await owner.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  // What the policy of the page blocks never gets an answer.
  page.on('response', (response) => {
    if (!response.url().startsWith(`http://127.0.0.1:${port}/`))
      complaints.push(`outside: ${response.url()}`);
  });
  const blocked: string[] = [];
  page.on('requestfailed', (request) => blocked.push(`${request.failure()?.errorText} ${request.url()}`));
  await page.goto(address);
  await page.getByText('t12.testing.1.gate.tests_passed').first().waitFor();
  await page.getByText('SHOP-012').first().waitFor();

  const choose = async (item: string): Promise<void> => {
    await page.locator('button[aria-haspopup="menu"]').first().click();
    await page.getByRole('menuitem', { name: item, exact: true }).click();
    const confirm = page.getByRole('button', { name: 'Confirm' });
    await confirm.click({ timeout: 2000 }).catch(() => undefined);
  };
  await choose('Pause');
  await until(() => queue.isPaused(), { what: 'paused' });
  await choose('Resume');
  await until(async () => !(await queue.isPaused()), { what: 'resumed' });
  await choose('Empty');
  await until(async () => (await queue.count()) === 0, { what: 'emptied' });
  expect(complaints).toEqual([]);
  for (const one of blocked) expect(one).toMatch(/^(csp|net::ERR_BLOCKED_BY_CSP|net::ERR_ABORTED) /);
});
