import type { Message } from '@grammyjs/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFastClock } from '../support/bot/fast-clock.ts';
import { type System, startSystem } from '../support/system.ts';
import type { Group } from '../support/telegram/people.ts';
import { startTelegramServer, type TelegramServer } from '../support/telegram/server.ts';

const FACTOR = 60;
const MINUTE_MS = 60_000;
const TASKS = 50;
const OWNER = 1001;
const PER_MINUTE = 20;

/**
 * Issue 6 in the running system: the last state of a card always arrives. The chat's clock and Telegram's run sixty
 * times as fast as ours, and Telegram enforces its own limits by it; everything else is as it always is.
 */
describe('fifty tasks report to one group', () => {
  const clock = createFastClock(FACTOR);
  let server: TelegramServer;
  let system: System;
  let group: Group;
  let backOnline: () => void;
  beforeAll(async () => {
    server = await startTelegramServer({ now: clock.now, flood: { groupPerMinute: PER_MINUTE } });
    server.person({ id: OWNER, name: 'Ada' });
    group = server.group({ id: -1007001, title: 'Shop team' });
    backOnline = server.faults.networkDown();
    system = await startSystem({
      chatTimers: clock,
      settings: {
        ORCH_TELEGRAM_BOT_TOKEN: server.token,
        ORCH_TELEGRAM_API_URL: server.apiRoot,
        ORCH_TELEGRAM_CHAT_ID: String(group.id),
        ORCH_TELEGRAM_ALLOWED_USERS: `${OWNER}:owner`,
        ORCH_POST_DEPLOY_ENABLED: 'false',
      },
    });
  });
  afterAll(async () => {
    await system?.close();
    await server?.close();
  });

  const house = () => system.app.parts.house;
  const claiming = (by: 'pause' | 'resume') => house().gates[by]({ repo: null, by: 'Ada', at: Date.now() });
  const cards = (): Message[] =>
    group.messages().filter(({ text }) => /^(🛠️|🛑|🎉) SHOP-\d+ · /.test(text ?? ''));
  /** Calls Telegram refused because they came too fast, by its own count. */
  const tooFast = () =>
    server.calls.all().filter(({ answer }) => answer?.ok === false && answer.error_code === 429);

  test('the process starts and is ready without Telegram, and connects when it is there (CHAT-7)', async () => {
    const ready = await fetch(`http://127.0.0.1:${system.app.httpPort}/ready`);
    expect(ready.status).toBe(200);
    await expect.poll(() => system.app.chat.bot.connection()).toBe('disconnected');
    backOnline();
    await expect.poll(() => system.app.chat.bot.connection(), { timeout: 10_000 }).toBe('ok');
  });

  test('every task gets its card, and no minute has more calls than Telegram allows (PUB-2)', async () => {
    claiming('pause');
    for (let n = 1; n <= TASKS; n++)
      await system.newTask(`Write note number ${n}`, [{ write: { [`n${n}.md`]: '#' } }]);
    await expect.poll(() => cards().length, { timeout: 60_000, interval: 200 }).toBe(TASKS);
    expect(new Set(cards().map(({ text }) => text?.split(' · ')[0])).size).toBe(TASKS);
    expect(tooFast()).toEqual([]);
  });

  test('all end while the network is gone for five minutes: nothing waits for the chat, every end is shown (PUB-9)', async () => {
    const up = server.faults.networkDown();
    const away = clock.now();
    for (let id = 1; id <= TASKS; id++) system.command(id, 'stop');
    for (let id = 1; id <= TASKS; id++)
      await system.until(id, 'cancelled', ({ stage }) => stage === 'cancelled');
    await clock.sleep(Math.max(0, away + 5 * MINUTE_MS - clock.now()) + 1000);
    expect(clock.now() - away).toBeGreaterThanOrEqual(5 * MINUTE_MS);
    expect(cards().some(({ text }) => text?.includes('STOPPED'))).toBe(false);
    // Right after the network is back, Telegram itself asks for two minutes of silence.
    server.faults.tooManyRequests(126, { methods: ['editMessageText', 'sendMessage'], times: 1 });
    up();
    const ended = () => cards().filter(({ text }) => text?.split('\n')[0]?.endsWith('— STOPPED')).length;
    await expect.poll(ended, { timeout: 90_000, interval: 200 }).toBe(TASKS);
    expect(cards()).toHaveLength(TASKS);
    expect(tooFast()).toHaveLength(1);
    // Shown is written down after the answer to the last edit.
    await expect.poll(() => house().chat.unshownCards()).toEqual([]);
    expect(cards().flatMap(({ reply_markup }) => reply_markup?.inline_keyboard ?? [])).toEqual([]);
  });

  test('inc-99 a whole delivery happens without the chat, which shows its end once it is back (CHAT-4)', async () => {
    claiming('resume');
    const up = server.faults.networkDown();
    const id = await system.newTask('Write the last note', [{ write: { 'last.md': '# last' } }]);
    await system.carry(id, 'done', ({ stage }) => stage === 'done');
    expect(cards()).toHaveLength(TASKS);
    up();
    const headers = { authorization: 'Bearer admin-token-of-the-test' };
    const answer = await fetch(`http://127.0.0.1:${system.app.httpPort}/metrics`, { headers });
    const metrics = await answer.text();
    expect(metrics).toMatch(/^orch_chat_errors_total [1-9]/m);
    expect(metrics).toMatch(/^orch_chat_calls_total\{method="editMessageText",class="failed"\} [1-9]/m);
    expect(metrics).toMatch(/^orch_dirty_cards \d/m);
    const last = () => cards().filter(({ text }) => text?.includes('Write the last note'));
    await expect
      .poll(() => last().map(({ text }) => text?.split('\n')[0]), { timeout: 60_000 })
      .toEqual([`🎉 ${system.task(id).wid} · Write the last note — DONE`]);
  });
});
