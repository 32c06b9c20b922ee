import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Api, GrammyError, HttpError } from 'grammy';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryChatStorage } from '../../src/bot/local-chat/memory-storage.ts';
import { EVERY_CALL } from '../support/telegram/faults.ts';
import type { Person } from '../support/telegram/people.ts';
import { startTelegramServer, type TelegramServer } from '../support/telegram/server.ts';

let server: TelegramServer;
let ada: Person;
let api: Api;
let clock: number;

beforeEach(async () => {
  clock = 1_700_000_000_000;
  server = await startTelegramServer({ now: () => clock });
  ada = server.person({ id: 11, name: 'Ada' });
  api = new Api(server.token, { apiRoot: server.apiRoot, timeoutSeconds: 5 });
});
afterEach(() => server.close());

const description = async (call: Promise<unknown>): Promise<string> => {
  const error = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return error instanceof GrammyError ? `${error.error_code} ${error.description}` : String(error);
};

describe('faults', () => {
  test('429 carries retry_after and has no effect', async () => {
    server.faults.tooManyRequests(126, { methods: ['sendMessage'] });
    await expect(api.sendMessage(ada.id, 'x')).rejects.toMatchObject({
      error_code: 429,
      description: 'Too Many Requests: retry after 126',
      parameters: { retry_after: 126 },
    });
    await api.sendMessage(ada.id, 'x');
    expect(ada.messages()).toHaveLength(1);
    expect(server.calls.of('sendMessage').map(({ fault }) => fault)).toEqual(['refuse', undefined]);
  });

  test('a lost answer leaves the message, a dropped call does not', async () => {
    server.faults.add({ kind: 'drop-after' });
    await expect(api.sendMessage(ada.id, 'kept')).rejects.toBeInstanceOf(HttpError);
    server.faults.add({ kind: 'drop' });
    await expect(api.sendMessage(ada.id, 'lost')).rejects.toBeInstanceOf(HttpError);
    expect(ada.messages().map(({ text }) => text)).toEqual(['kept']);
  });

  test('a gateway page and a 500 are not answers', async () => {
    server.faults.add({ kind: 'gateway', status: 502 });
    await expect(api.sendMessage(ada.id, 'x')).rejects.toBeInstanceOf(HttpError);
    server.faults.serverError();
    expect(await description(api.sendMessage(ada.id, 'x'))).toBe('500 Internal Server Error');
  });

  test('a call can be late, or never answered', async () => {
    let release = (): void => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.faults.add({ kind: 'late', until });
    const late = api.sendMessage(ada.id, 'late');
    await ada.sees(({ text }) => text === 'late');
    release();
    expect(await late).toMatchObject({ text: 'late' });
    server.faults.add({ kind: 'hang' });
    const impatient = new Api(server.token, { apiRoot: server.apiRoot, timeoutSeconds: 0.1 });
    await expect(impatient.sendMessage(ada.id, 'x')).rejects.toBeInstanceOf(HttpError);
    expect(ada.messages()).toHaveLength(1);
  });

  test('a network that is down breaks open polls and new calls, and comes back', async () => {
    const poll = api.getUpdates({ timeout: 20 });
    const broken = expect(poll).rejects.toBeInstanceOf(HttpError);
    await api.getMe();
    const restore = server.faults.networkDown();
    await broken;
    await expect(api.getMe()).rejects.toBeInstanceOf(HttpError);
    restore();
    expect(await api.getMe()).toMatchObject({ is_bot: true });
  });

  test('faults can be aimed at a chat and last until taken back', async () => {
    const bob = server.person({ id: 12, name: 'Bob' });
    const stop = server.faults.serverError({ chatId: bob.id, times: EVERY_CALL });
    await api.sendMessage(ada.id, 'x');
    for (const _ of [1, 2]) await expect(api.sendMessage(bob.id, 'x')).rejects.toThrow();
    stop();
    await api.sendMessage(bob.id, 'x');
  });
});

describe('people and chats', () => {
  test('a person can block the bot; the bot hears of it and may not write', async () => {
    ada.blocksBot();
    expect(await description(api.sendMessage(ada.id, 'x'))).toBe(
      '403 Forbidden: bot was blocked by the user',
    );
    expect(await api.getUpdates()).toMatchObject([
      { my_chat_member: { new_chat_member: { status: 'kicked' } } },
    ]);
    ada.unblocksBot();
    await api.sendMessage(ada.id, 'x');
  });

  test('a bot cannot write first', async () => {
    const eve = server.person({ id: 13, name: 'Eve', opened: false });
    expect(await description(api.sendMessage(eve.id, 'x'))).toBe(
      "403 Forbidden: bot can't initiate conversation with a user",
    );
    eve.says('/start');
    await api.sendMessage(eve.id, 'x');
  });

  test('several people share a group; the tapper is who tapped', async () => {
    const group = server.group({ id: -500, title: 'Team' });
    const bob = server.person({ id: 12, name: 'Bob' });
    ada.in(group).says('/tasks@orchestrator_test_bot');
    const reply_markup = { inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] };
    await api.sendMessage(group.id, 'x', { reply_markup });
    const answered = bob.in(group).presses('Go');
    const updates = await api.getUpdates();
    expect(updates).toMatchObject([
      { message: { from: { id: 11 }, chat: { id: -500, type: 'group' } } },
      { callback_query: { from: { id: 12 } } },
    ]);
    await api.answerCallbackQuery(updates[1]?.callback_query?.id ?? '', { text: 'ok' });
    expect(await answered).toEqual({ text: 'ok', alert: false });
    group.setsBot('kicked', ada);
    expect(await description(api.sendMessage(group.id, 'x'))).toBe(
      '403 Forbidden: bot was kicked from the group chat',
    );
  });

  test('TOPIC-2, TOPIC-3: topics are created, closed, reopened and lost', async () => {
    const forum = server.group({ id: -1001, title: 'Forum', forum: true });
    const { message_thread_id } = await api.createForumTopic(forum.id, 'shop');
    expect(await api.sendMessage(forum.id, 'x', { message_thread_id })).toMatchObject({
      is_topic_message: true,
    });
    forum.closesTopic(message_thread_id);
    expect(await description(api.sendMessage(forum.id, 'x', { message_thread_id }))).toBe(
      '400 Bad Request: TOPIC_CLOSED',
    );
    await api.reopenForumTopic(forum.id, message_thread_id);
    forum.deletesTopic(message_thread_id);
    expect(await description(api.sendMessage(forum.id, 'x', { message_thread_id }))).toBe(
      '400 Bad Request: message thread not found',
    );
    const poor = server.group({ id: -1002, title: 'Poor', forum: true, canManageTopics: false });
    expect(await description(api.createForumTopic(poor.id, 'shop'))).toBe(
      '400 Bad Request: not enough rights to create a topic',
    );
  });

  test('TOPIC-4: a migrated group names its new id', async () => {
    const group = server.group({ id: -500, title: 'Team' });
    const supergroup = group.migrates(-100500);
    await expect(api.sendMessage(group.id, 'x')).rejects.toMatchObject({
      description: 'Bad Request: group chat was upgraded to a supergroup chat',
      parameters: { migrate_to_chat_id: -100500 },
    });
    await api.sendMessage(supergroup.id, 'x');
    expect(await api.getUpdates()).toMatchObject([
      { message: { migrate_to_chat_id: -100500 } },
      { message: { migrate_from_chat_id: -500 } },
    ]);
  });

  test('a forged tap carries data no button has; a message deleted by hand is gone', async () => {
    const { message_id } = await api.sendMessage(ada.id, 'x');
    await expect(ada.presses('Go')).rejects.toMatchObject({ code: 'chat-action' });
    const forged = ada.forges(message_id, 'c1.forged');
    const [update] = await api.getUpdates();
    expect(update).toMatchObject({ callback_query: { data: 'c1.forged' } });
    await api.answerCallbackQuery(update?.callback_query?.id ?? '');
    expect(await forged).toEqual({ text: '', alert: false });
    ada.deletes(message_id);
    expect(await description(api.editMessageText(ada.id, message_id, 'y'))).toBe(
      '400 Bad Request: message to edit not found',
    );
  });

  test('a tap answered too late is refused', async () => {
    const reply_markup = { inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] };
    await api.sendMessage(ada.id, 'x', { reply_markup });
    const unanswered = expect(ada.presses('Go', { deadlineMs: 50 })).rejects.toMatchObject({
      code: 'chat-timeout',
    });
    const [update] = await api.getUpdates();
    clock += 3_600_000;
    expect(await description(api.answerCallbackQuery(update?.callback_query?.id ?? ''))).toMatch(
      /query is too old/,
    );
    await unanswered;
  });
});

test('with flood control, the twenty-first call a minute to a group waits', async () => {
  const strict = await startTelegramServer({ now: () => clock, flood: { chatPerSecond: 100 } });
  const group = strict.group({ id: -500, title: 'Team' });
  const strictApi = new Api(strict.token, { apiRoot: strict.apiRoot });
  for (let n = 0; n < 20; n++) await strictApi.sendMessage(group.id, `card ${n}`);
  await expect(strictApi.sendMessage(group.id, 'x')).rejects.toMatchObject({
    parameters: { retry_after: 60 },
  });
  clock += 60_000;
  await strictApi.sendMessage(group.id, 'x');
  await strict.close();
});

test('updates and history outlive the server when its storage does', async () => {
  const storage = createMemoryChatStorage();
  const first = await startTelegramServer({ storage });
  first.person({ id: 11, name: 'Ada' }).says('while you were away');
  await first.close();
  const second = await startTelegramServer({ storage });
  const secondApi = new Api(second.token, { apiRoot: second.apiRoot });
  expect(await secondApi.getUpdates()).toMatchObject([{ message: { text: 'while you were away' } }]);
  await second.close();
});

test('CHAT-13: a webhook gets updates in order with its secret, again until it answers 2xx', async () => {
  const heard: { id: number; secret: string | undefined }[] = [];
  let status = 500;
  const hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const secret = request.headers['x-telegram-bot-api-secret-token'];
      heard.push({ id: (JSON.parse(body) as { update_id: number }).update_id, secret: secret?.toString() });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const { port } = hook.address() as AddressInfo;
  await api.setWebhook(`http://127.0.0.1:${port}/webhook/telegram`, { secret_token: 's3cret' });
  ada.says('one');
  await server.retriesWebhook();
  status = 200;
  ada.says('two');
  await server.retriesWebhook();
  expect(heard.map(({ secret }) => secret)).toEqual(heard.map(() => 's3cret'));
  expect(heard.at(-1)?.id).toBe(2);
  expect((await api.getWebhookInfo()).pending_update_count).toBe(0);
  hook.closeAllConnections();
  hook.close();
});
