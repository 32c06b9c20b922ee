import type { ApiResponse, Message, Update } from '@grammyjs/types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChatDriver } from '../../src/bot/local-chat/chat-driver.ts';

/** A Bot API server under test: where it is, and one person who has opened the private chat. */
export interface BotApiUnderTest {
  apiRoot: string;
  token: string;
  chatId: number;
  person: ChatDriver;
  close(): Promise<void>;
}

const CALLBACK = { inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] };

/** What LOCAL-1 promises about every server the bot talks to, in Telegram's own words; raw HTTP. */
export function botApiContract(name: string, create: () => Promise<BotApiUnderTest>): void {
  describe(`Bot API contract: ${name}`, () => {
    let world: BotApiUnderTest;
    beforeEach(async () => {
      world = await create();
    });
    afterEach(() => world.close());

    const call = async <T = unknown>(method: string, body: object = {}): Promise<ApiResponse<T>> => {
      const response = await fetch(`${world.apiRoot}/bot${world.token}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = (await response.json()) as ApiResponse<T>;
      expect(response.status).toBe(answer.ok ? 200 : answer.error_code);
      return answer;
    };
    const must = async <T>(method: string, body: object = {}): Promise<T> => {
      const answer = await call<T>(method, body);
      if (!answer.ok) throw new Error(`${method}: ${answer.description}`);
      return answer.result;
    };
    const send = (fields: object) => must<Message>('sendMessage', { chat_id: world.chatId, ...fields });
    const refusal = async (method: string, body: object = {}) => {
      const answer = await call(method, body);
      return answer.ok ? 'accepted' : `${answer.error_code} ${answer.description}`;
    };

    describe('answers', () => {
      test('getMe describes a bot, and the method name has no case', async () => {
        expect(await must('GETME')).toMatchObject({ is_bot: true, id: expect.any(Number) });
      });

      test('a wrong token is unauthorized and an unknown method is not found', async () => {
        const wrong = await fetch(`${world.apiRoot}/bot1:wrong/getMe`);
        expect([wrong.status, await wrong.json()]).toEqual([
          401,
          { ok: false, error_code: 401, description: 'Unauthorized' },
        ]);
        expect(await refusal('sendEverything')).toBe('404 Not Found: method not found');
      });

      test('parameters may come in the query, as a form, as JSON or as multipart', async () => {
        const url = `${world.apiRoot}/bot${world.token}/sendMessage`;
        const form = new FormData();
        form.set('chat_id', String(world.chatId));
        form.set('text', 'multipart');
        const bodies: RequestInit[] = [
          { method: 'POST', body: new URLSearchParams({ chat_id: String(world.chatId), text: 'form' }) },
          { method: 'POST', body: form },
        ];
        const sent = [await fetch(`${url}?chat_id=${world.chatId}&text=query`)];
        for (const init of bodies) sent.push(await fetch(url, init));
        expect(sent.map(({ status }) => status)).toEqual([200, 200, 200]);
        expect(world.person.messages().map(({ text }) => text)).toEqual(['query', 'form', 'multipart']);
      });

      test('a body that is not JSON is refused', async () => {
        const response = await fetch(`${world.apiRoot}/bot${world.token}/sendMessage`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"chat_id":',
        });
        expect(await response.json()).toMatchObject({ error_code: 400 });
      });
    });

    describe('text', () => {
      test('HTML becomes text with entities in UTF-16 units', async () => {
        const { text, entities } = await send({
          text: '🛠️ <b>A &amp; B</b> <code>x</code> <a href="https://example.org/?a=1&amp;b=2">link</a>',
          parse_mode: 'HTML',
        });
        expect(text).toBe('🛠️ A & B x link');
        expect(entities).toEqual([
          { type: 'bold', offset: 4, length: 5 },
          { type: 'code', offset: 10, length: 1 },
          { type: 'text_link', offset: 12, length: 4, url: 'https://example.org/?a=1&b=2' },
        ]);
      });

      const broken: [string, string][] = [
        ['<b>x', `Can't find end tag corresponding to start tag "b"`],
        ['<x>y</x>', 'Unsupported start tag "x" at byte offset 0'],
        ['é<b>x</i>', 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'],
        ['x</b>', 'Unexpected end tag at byte offset 1'],
        ['a <b', 'Unclosed start tag at byte offset 2'],
        ['a < b', 'Unsupported start tag "" at byte offset 2'],
        ['<span>x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
      ];
      test.each(broken)('%s cannot be parsed', async (text, why) => {
        const body = { chat_id: world.chatId, text, parse_mode: 'HTML' };
        expect(await refusal('sendMessage', body)).toBe(`400 Bad Request: can't parse entities: ${why}`);
      });

      test('text ends at 4096 units after parsing, and must not be empty', async () => {
        await send({ text: `<b>${'x'.repeat(4096)}</b>`, parse_mode: 'HTML' });
        const chat_id = world.chatId;
        expect(await refusal('sendMessage', { chat_id, text: 'x'.repeat(4097) })).toBe(
          '400 Bad Request: message is too long',
        );
        expect(await refusal('sendMessage', { chat_id, text: ' \n ' })).toBe(
          '400 Bad Request: message text is empty',
        );
        expect(await refusal('sendMessage', { chat_id: 404404, text: 'x' })).toBe(
          '400 Bad Request: chat not found',
        );
        expect(await refusal('sendMessage', { text: 'x' })).toBe('400 Bad Request: chat_id is empty');
      });
    });

    describe('keyboards', () => {
      const button = (fields: object) => ({
        chat_id: world.chatId,
        text: 'x',
        reply_markup: { inline_keyboard: [[{ text: 'b', ...fields }]] },
      });

      test('callback data has 1 to 64 bytes', async () => {
        await must('sendMessage', button({ callback_data: 'я'.repeat(32) }));
        expect(await refusal('sendMessage', button({ callback_data: 'я'.repeat(33) }))).toBe(
          '400 Bad Request: BUTTON_DATA_INVALID',
        );
      });

      test('a button needs one action, and its URL must be one', async () => {
        expect(await refusal('sendMessage', button({}))).toBe(
          '400 Bad Request: Text buttons are unallowed in the inline keyboard',
        );
        expect(await refusal('sendMessage', button({ url: 'javascript:alert(1)' }))).toBe(
          "400 Bad Request: inline keyboard button URL 'javascript:alert(1)' is invalid: Wrong HTTP URL",
        );
      });
    });

    describe('edits and deletions', () => {
      const edit = (message_id: number, fields: object) => ({ chat_id: world.chatId, message_id, ...fields });

      test('an edit returns the message with an edit date and drops a keyboard it does not repeat', async () => {
        const { message_id } = await send({ text: 'one', reply_markup: CALLBACK });
        const edited = await must<Message>('editMessageText', edit(message_id, { text: 'two' }));
        expect(edited).toMatchObject({ message_id, text: 'two', edit_date: expect.any(Number) });
        expect(edited.reply_markup).toBeUndefined();
      });

      test('an edit that changes nothing is refused with the full sentence', async () => {
        const { message_id } = await send({
          text: '<b>same</b>',
          parse_mode: 'HTML',
          reply_markup: CALLBACK,
        });
        const same = edit(message_id, { text: '<b>same</b>', parse_mode: 'HTML', reply_markup: CALLBACK });
        const sentence =
          '400 Bad Request: message is not modified: specified new message content and reply markup are ' +
          'exactly the same as a current content and reply markup of the message';
        expect(await refusal('editMessageText', same)).toBe(sentence);
        expect(await refusal('editMessageReplyMarkup', edit(message_id, { reply_markup: CALLBACK }))).toBe(
          sentence,
        );
        expect(await must('editMessageReplyMarkup', edit(message_id, {}))).toMatchObject({ message_id });
      });

      test('what is gone, foreign or a forced reply cannot be edited', async () => {
        expect(await refusal('editMessageText', edit(9999, { text: 'x' }))).toBe(
          '400 Bad Request: message to edit not found',
        );
        const said = world.person.says('mine');
        expect(await refusal('editMessageText', edit(said.message_id, { text: 'x' }))).toBe(
          "400 Bad Request: message can't be edited",
        );
        const prompt = await send({ text: 'Why?', reply_markup: { force_reply: true } });
        expect(await refusal('editMessageText', edit(prompt.message_id, { text: 'x' }))).toBe(
          "400 Bad Request: message can't be edited",
        );
      });

      test('a message can be deleted once', async () => {
        const { message_id } = await send({ text: 'x' });
        expect(await must('deleteMessage', edit(message_id, {}))).toBe(true);
        expect(await refusal('deleteMessage', edit(message_id, {}))).toBe(
          '400 Bad Request: message to delete not found',
        );
      });
    });

    describe('taps', () => {
      test('a tap becomes a callback query that can be answered once, with at most 200 characters', async () => {
        const { message_id } = await send({ text: 'x', reply_markup: CALLBACK });
        const answered = world.person.presses('Go');
        const [update] = await must<Update[]>('getUpdates', { timeout: 5 });
        const query = update?.callback_query;
        expect(query).toMatchObject({ data: 'go', message: { message_id }, from: { id: world.chatId } });
        const answer = { callback_query_id: query?.id, text: 'Done.', show_alert: true };
        expect(await refusal('answerCallbackQuery', { ...answer, text: 'x'.repeat(201) })).toBe(
          '400 Bad Request: MESSAGE_TOO_LONG',
        );
        await must('answerCallbackQuery', answer);
        expect(await answered).toEqual({ text: 'Done.', alert: true });
        expect(await refusal('answerCallbackQuery', answer)).toBe(
          '400 Bad Request: query is too old and response timeout expired or query ID is invalid',
        );
      });
    });

    describe('documents', () => {
      test('a document keeps name, caption and bytes, and the caption ends at 1024', async () => {
        const upload = (caption: string) => {
          const form = new FormData();
          form.set('chat_id', String(world.chatId));
          form.set('caption', caption);
          form.set('document', 'attach://file1');
          form.set('file1', new Blob(['log line\n']), 'ORCH-042-testing-1.log');
          return fetch(`${world.apiRoot}/bot${world.token}/sendDocument`, { method: 'POST', body: form });
        };
        const sent = (await (await upload('Tail')).json()) as ApiResponse<Message>;
        const document = sent.ok ? sent.result.document : undefined;
        expect(document).toMatchObject({ file_name: 'ORCH-042-testing-1.log', file_size: 9 });
        const file = await must<{ file_path: string }>('getFile', { file_id: document?.file_id });
        const bytes = await fetch(`${world.apiRoot}/file/bot${world.token}/${file.file_path}`);
        expect(await bytes.text()).toBe('log line\n');
        expect(await (await upload('x'.repeat(1025))).json()).toMatchObject({
          description: 'Bad Request: message caption is too long',
        });
      });
    });

    describe('updates', () => {
      test('a long poll waits for an update and answers at once when it comes', async () => {
        const polled = must<Update[]>('getUpdates', { timeout: 20 });
        await must('getMe');
        world.person.says('/start now');
        const [update] = await polled;
        expect(update?.message).toMatchObject({
          text: '/start now',
          chat: { id: world.chatId, type: 'private' },
          entities: [{ type: 'bot_command', offset: 0, length: 6 }],
        });
      });

      test('an update is repeated until an offset above it confirms it', async () => {
        world.person.says('one');
        world.person.says('two');
        const first = await must<Update[]>('getUpdates', { limit: 1 });
        const again = await must<Update[]>('getUpdates', {});
        expect(again.map(({ message }) => message?.text)).toEqual(['one', 'two']);
        const id = first[0]?.update_id ?? 0;
        expect(again.map(({ update_id }) => update_id)).toEqual([id, id + 1]);
        const rest = await must<Update[]>('getUpdates', { offset: id + 1 });
        expect(rest.map(({ message }) => message?.text)).toEqual(['two']);
        expect(await must('getUpdates', { offset: id + 2 })).toEqual([]);
      });

      test('allowed_updates decides about updates from then on', async () => {
        await must('getUpdates', { allowed_updates: ['callback_query'] });
        world.person.says('unheard');
        expect(await must('getUpdates', { allowed_updates: ['message'] })).toEqual([]);
        world.person.says('heard');
        expect(await must('getUpdates', {})).toMatchObject([{ message: { text: 'heard' } }]);
      });

      test('CHAT-12: a second poller ends the first with 409 and gets the updates', async () => {
        const first = refusal('getUpdates', { timeout: 20 });
        await must('getMe');
        const second = must<Update[]>('getUpdates', { timeout: 20 });
        expect(await first).toBe(
          '409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
        );
        world.person.says('hello');
        expect(await second).toMatchObject([{ message: { text: 'hello' } }]);
      });

      test('a webhook and getUpdates exclude each other; deleteWebhook keeps the queue', async () => {
        const url = 'https://bot.example.org/webhook/telegram';
        expect(await refusal('setWebhook', { url: 'http://bot.example.org/x' })).toBe(
          '400 Bad Request: bad webhook: An HTTPS URL must be provided for webhook',
        );
        expect(await refusal('setWebhook', { url, secret_token: 'no spaces' })).toBe(
          '400 Bad Request: secret token contains unallowed characters',
        );
        world.person.says('kept');
        await must('setWebhook', { url, secret_token: 'abc_-1' });
        expect(await must('getWebhookInfo')).toMatchObject({ url, pending_update_count: 1 });
        expect(await refusal('getUpdates')).toBe(
          "409 Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        );
        await must('deleteWebhook', {});
        expect(await must('getUpdates', {})).toMatchObject([{ message: { text: 'kept' } }]);
      });
    });

    test('CHAT-17: commands are kept per scope and language', async () => {
      const english = [{ command: 'new', description: 'Create a task' }];
      const russian = [{ command: 'new', description: 'Создать задачу' }];
      const scope = { type: 'chat', chat_id: world.chatId };
      await must('setMyCommands', { commands: english });
      await must('setMyCommands', { commands: russian, language_code: 'ru', scope });
      expect(await must('getMyCommands', {})).toEqual(english);
      expect(await must('getMyCommands', { language_code: 'ru', scope })).toEqual(russian);
      await must('deleteMyCommands', { language_code: 'ru', scope });
      expect(await must('getMyCommands', { language_code: 'ru', scope })).toEqual([]);
      const wrong = { commands: [{ command: 'No', description: 'x' }] };
      expect(await refusal('setMyCommands', wrong)).toBe('400 Bad Request: BOT_COMMAND_INVALID');
    });
  });
}
