import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, startSystem } from '../support/system.ts';
import { buttonsOf, dataOf, newest } from '../support/telegram/group-talk.ts';
import type { Group, Person } from '../support/telegram/people.ts';
import { startTelegramServer, type TelegramServer } from '../support/telegram/server.ts';

const CODE = /[0-9A-Z]{4}-[0-9A-Z]{4}/;
const PATIENCE = { deadlineMs: 60_000 };

const order = (n: number): string =>
  [
    `/new Write note number ${n}`,
    'Ordered by the test, word for word, and long enough.',
    `DO: [{"write": {"notes/${n}.md": "# ${n}\\n"}}]`,
  ].join('\n');

const settingsOf = (server: TelegramServer, more: Record<string, string> = {}) => ({
  ORCH_TELEGRAM_BOT_TOKEN: server.token,
  ORCH_TELEGRAM_API_URL: server.apiRoot,
  ORCH_CARD_MIN_INTERVAL_MS: '20',
  ORCH_CHAT_GROUP_PER_MIN: '10000',
  ORCH_POST_DEPLOY_ENABLED: 'false',
  ...more,
});

/** Issue 6 in the running system: the whole product, worked from a Telegram group. */
describe('a team in a Telegram forum', () => {
  let server: TelegramServer;
  let system: System;
  let ada: Person;
  let bob: Person;
  let vic: Person;
  let eve: Person;
  let group: Group;
  beforeAll(async () => {
    server = await startTelegramServer();
    system = await startSystem({ settings: settingsOf(server, { ORCH_CHAT_TOPICS: 'per-project' }) });
    ada = server.person({ id: 1001, name: 'Ada' });
    bob = server.person({ id: 1002, name: 'Bob' });
    vic = server.person({ id: 1003, name: 'Vic' });
    eve = server.person({ id: 1004, name: 'Eve' });
    group = server.group({ id: -1007001, title: 'Shop team', forum: true, bot: 'left' });
  });
  afterAll(async () => {
    await system?.close();
    await server?.close();
  });

  const thread = (): number => system.app.parts.house.chat.chat(String(group.id))?.threads.shop ?? 0;
  const here = (person: Person) => person.in(group, thread());
  const audits = (command: string) => system.app.parts.house.chat.auditOf({ command, limit: 50 });
  const seen = (start: string) =>
    here(ada).sees((message) => message.text?.startsWith(start) === true, PATIENCE);
  const card = () => newest(group, '🛠️ SHOP-001') ?? newest(group, '🎉 SHOP-001');
  const invite = async (person: Person, role: string): Promise<void> => {
    ada.says(`/pair ${role}`);
    const sent = await ada.sees(
      (message) => message.text?.includes(role) === true && CODE.test(message.text),
    );
    person.says(`/start ${CODE.exec(sent.text ?? '')?.[0]}`);
    await ada.sees(
      (message) => message.text?.includes(`${person.user.first_name} joined as ${role}`) === true,
    );
  };

  test('inc-100 the first owner pairs with the code of the console, the others with theirs (ACC-3, ACC-4)', async () => {
    const code = system.app.chat.bot.ownerCode();
    ada.says(`/start ${code}`);
    await ada.sees((message) => message.text?.includes('owner') === true, PATIENCE);
    expect(system.app.chat.bot.ownerCode()).toBeNull();
    await invite(bob, 'operator');
    await invite(vic, 'viewer');
    bob.says(`/start ${code}`);
    expect(system.app.parts.house.chat.users().map(({ name, role }) => `${name} ${role}`)).toEqual([
      'Ada owner',
      'Bob operator',
      'Vic viewer',
    ]);
  });

  test('a task from the group gets its card and its ping in the topic of its project (TOPIC-2)', async () => {
    group.setsBot('administrator', ada);
    await ada.in(group).seesButton('All projects', PATIENCE);
    await ada.in(group).presses('All projects');
    ada.in(group).says(order(1));
    await expect.poll(thread, { timeout: 60_000 }).not.toBe(0);
    const ping = await seen('📋 SHOP-001: BRD/TRZ/AC are ready.');
    expect(ping.message_thread_id).toBe(thread());
    expect(card()?.message_thread_id).toBe(thread());
    expect(group.record.topics.size).toBe(1);
    expect(buttonsOf(ping)).toEqual(expect.arrayContaining(['✅ Approve', '❌ Reject', '❓ Why']));
  });

  test('inc-91 a forged, foreign or forbidden tap changes nothing, is answered and recorded (CB-3, CB-8)', async () => {
    const { version } = system.task(1);
    const id = card()?.message_id ?? 0;
    const approve = dataOf(card(), '✅ Approve');
    const forged = await here(ada).forges(id, 'c1.AAAAAAAAAAAAAAAAAAAAAA');
    expect(forged.text).toContain("I don't know this button any more");
    expect((await here(eve).forges(id, approve)).text).toBe("I don't know you. Recorded.");
    expect((await here(vic).forges(id, approve)).text).toBe('Only operator can do this. Recorded.');
    expect(system.task(1).version).toBe(version);
    expect(audits('approve').map(({ name, result }) => `${name} ${result}`)).toEqual(['Vic forbidden']);
  });

  test('of two taps within a millisecond one approves, and no button of that state is left (CB-5, CB-6)', async () => {
    const before = card();
    const approve = dataOf(before, '✅ Approve');
    const reject = dataOf(before, '❌ Reject');
    const id = before?.message_id ?? 0;
    const answers = await Promise.all([here(ada).forges(id, approve), here(bob).forges(id, approve)]);
    const texts = answers.map(({ text }) => text).sort();
    expect(texts[1]).toMatch(/^Done: /);
    expect(texts[0]).toMatch(/^(Ada|Bob) already did this at \d\d:\d\d\.$/);
    expect(
      audits('approve')
        .map(({ result }) => result)
        .sort(),
    ).toEqual(['double', 'forbidden', 'ok']);
    const stale = await here(ada).forges(id, reject);
    expect(stale.text).toMatch(/^This button belongs to Analysis; the task is at /);
    const approvals = () => group.messages().filter((message) => buttonsOf(message).includes('✅ Approve'));
    await expect.poll(approvals, { timeout: 20_000 }).toEqual([]);
  });

  test('a restart in the middle loses no update and applies none twice (CHAT-14)', async () => {
    await seen('🚀 SHOP-001: ');
    const cardBefore = card()?.message_id;
    const away = here(ada);
    await system.stop();
    away.says(order(2));
    away.says('/whoami');
    await system.start();
    await seen('🛠️ SHOP-002');
    await expect.poll(() => audits('whoami').length, { timeout: 20_000 }).toBe(1);
    expect(audits('new').map(({ result }) => result)).toEqual(['ok', 'ok']);
    expect(system.app.parts.house.tasks.byNumber('SHOP', 3)).toEqual([]);
    expect(card()?.message_id).toBe(cardBefore);
    expect(group.messages().filter(({ text }) => /^(🛠️|🎉) SHOP-001/.test(text ?? ''))).toHaveLength(1);
  });

  test('only an owner confirms, only the one who was asked says yes, and once (CB-20, CB-21)', async () => {
    const deploy = /^🚀 Deploy/;
    const id = card()?.message_id ?? 0;
    expect((await here(bob).presses(deploy, { messageId: id })).text).toBe(
      'Only owner can do this. Recorded.',
    );
    expect((await here(ada).presses(deploy, { messageId: id })).text).toBe('Please confirm below.');
    const { message } = await here(ada).seesButton('Yes, deploy', PATIENCE);
    expect(message.text).toMatch(/^Deploy SHOP-001 commit [0-9a-f]{7} to shop\?$/);
    const yes = dataOf(message, 'Yes, deploy');
    expect((await here(bob).forges(message.message_id, yes)).text).toMatch(/^Only /);
    // Telegram holds back every edit for a while: what was last must arrive all the same (PUB-6, PUB-9).
    server.faults.tooManyRequests(4, { methods: ['editMessageText'], times: 3 });
    const twice = await Promise.all([
      here(ada).forges(message.message_id, yes),
      here(ada).forges(message.message_id, yes),
    ]);
    expect(twice.filter(({ text }) => text.startsWith('Done: '))).toHaveLength(1);
    expect(twice.filter(({ text }) => text.startsWith('Already done by you'))).toHaveLength(1);
    await system.until(1, 'done', ({ stage }) => stage === 'done');
    const done = await seen('🎉 SHOP-001');
    expect(done.message_id).toBe(id);
    expect(done.text).toMatch(/📦 deployed [0-9a-f]{7}$/);
    const left = () =>
      group
        .messages()
        .filter(({ text, ...rest }) => text?.includes('SHOP-001') && buttonsOf(rest).length > 0);
    await expect.poll(() => left().map(({ text }) => text), { timeout: 20_000 }).toEqual([]);
  });

  test('/health says /ready in words; the audit names person, surface and outcome (AUD-1)', async () => {
    here(vic).says('/health');
    const { text } = await here(vic).sees(
      (message) => message.text?.includes('database: ok') === true,
      PATIENCE,
    );
    for (const name of [
      'redis: up',
      'workers:',
      'tracker: local',
      'forge: local',
      'agent CLI:',
      'disk:',
      'last backup:',
    ])
      expect(text).toContain(name);
    const yes = audits('yes').find(({ result }) => result === 'ok');
    expect(yes).toMatchObject({
      name: 'Ada',
      role: 'owner',
      chat: String(group.id),
      task: 1,
      stage: 'deploy',
    });
    if (process.env.SHOW_CHAT !== undefined)
      for (const message of group.messages())
        process.stdout.write(
          `--- ${message.from?.first_name} [${buttonsOf(message).join(' | ')}]\n${message.text}\n`,
        );
  });
});

describe('webhook mode', () => {
  const SECRET = 'a-secret-of-the-webhook';
  let server: TelegramServer;
  let system: System;
  beforeAll(async () => {
    server = await startTelegramServer({
      reach: (url) => url.replace('https://orchestrator.example', `http://127.0.0.1:${system.app.httpPort}`),
    });
    const webhook = {
      ORCH_TELEGRAM_MODE: 'webhook',
      ORCH_TELEGRAM_WEBHOOK_URL: 'https://orchestrator.example/webhook/telegram',
      ORCH_TELEGRAM_WEBHOOK_SECRET: SECRET,
      ORCH_LANG: 'ru',
    };
    system = await startSystem({ settings: settingsOf(server, webhook) });
  });
  afterAll(async () => {
    await system?.close();
    await server?.close();
  });

  const post = (body: unknown, token?: string) =>
    fetch(`http://127.0.0.1:${system.app.httpPort}/webhook/telegram`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { 'x-telegram-bot-api-secret-token': token }),
      },
      body: JSON.stringify(body),
    });

  test('updates come through the front door with the secret token, and only with it (CHAT-13)', async () => {
    await server.calls.sees(({ method, answer }) => method === 'setWebhook' && answer?.ok === true);
    const ada = server.person({ id: 1001, name: 'Ада' });
    ada.says(`/start ${system.app.chat.bot.ownerCode()}`);
    await ada.sees((message) => message.text?.includes('owner') === true, PATIENCE);
    expect(server.deliveries.every(({ status }) => status === 200)).toBe(true);
    expect(server.calls.of('getUpdates')).toEqual([]);
    const update = {
      update_id: 900_001,
      message: { message_id: 1, date: 1, chat: ada.chat.chat, from: ada.user, text: '/whoami' },
    };
    expect((await post(update)).status).toBe(401);
    expect((await post(update, 'wrong')).status).toBe(401);
    expect(await (await post(update, SECRET)).json()).toEqual({ status: 'accepted' });
    expect(await (await post(update, SECRET)).json()).toEqual({ status: 'duplicate' });
    await system.app.chat.bot.idle();
    expect(system.app.parts.house.chat.auditOf({ command: 'whoami', limit: 9 })).toHaveLength(1);
  });

  test('an epic becomes tasks that wait for each other, started by one tap (REC-100)', async () => {
    const ada = server.person({ id: 1001, name: 'Ада' });
    ada.says('/epic Отчёты\n1. Выгрузка отчётов в CSV\n2. Письмо с выгрузкой раз в месяц');
    await ada.seesButton('✅ Создать все', PATIENCE);
    await ada.presses('✅ Создать все');
    await ada.sees(
      ({ text }) => text?.includes('SHOP-002 Письмо с выгрузкой раз в месяц ← SHOP-001') === true,
    );
    expect(system.app.parts.house.dependencies.of(2)).toEqual([
      expect.objectContaining({ wid: 'SHOP-001', direction: 'on' }),
    ]);
  });

  test('a task asks in Russian, and STOP from the ping ends it without leaving a button (CB-6)', async () => {
    const ada = server.person({ id: 1001, name: 'Ада' });
    ada.says(order(1));
    await ada.sees(
      (message) => message.text?.startsWith('📋 SHOP-003: BRD/ТЗ/AC готовы.') === true,
      PATIENCE,
    );
    ada.says('/stop SHOP-003');
    await ada.seesButton(/^Да, /, PATIENCE);
    await ada.presses(/^Да, /);
    await system.until(3, 'cancelled', ({ stage }) => stage === 'cancelled');
    await ada.sees(
      (message) => message.text?.includes('SHOP-003') === true && message.text.includes('— ОСТАНОВЛЕНО'),
      PATIENCE,
    );
    const left = () =>
      ada.messages(50).filter((one) => one.text?.includes('SHOP-003') && buttonsOf(one).length > 0);
    await expect.poll(() => left().map(({ text }) => text), { timeout: 20_000 }).toEqual([]);
  });
});
