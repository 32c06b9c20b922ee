import { InputFile } from 'grammy';
import type { ForceReply, InlineKeyboardMarkup } from 'grammy/types';
import type { Env } from './env.ts';
import { type Lanes, PRIORITY, type Priority } from './lanes.ts';
import { type Html, type Line, linesHtml, linesText, splitLines } from './markup.ts';
import { classify, type SendOutcome } from './send-class.ts';

export interface Outgoing {
  chat: string;
  thread?: number | null;
  /** Parts longer than a message are split; above three they go as a document (SAFE-2). */
  lines: readonly Line[];
  markup?: InlineKeyboardMarkup | ForceReply;
  silent?: boolean;
  /** Message of the person this answers. */
  replyTo?: number | null;
}

/** Sends with the classes of PUB-5; nothing here throws (CHAT-4). */
export interface Sender {
  /** One attempt, no lane: for callers that are inside a lane already. */
  sendNow(message: Outgoing): Promise<SendOutcome>;
  editNow(chat: string, message: number, html: Html, markup?: InlineKeyboardMarkup): Promise<SendOutcome>;
  /** Takes the buttons off a message, in the chat's lane. */
  unbutton(chat: string, message: number): Promise<void>;
  /** One attempt to take the buttons off a message. */
  unbuttonNow(chat: string, message: number): Promise<SendOutcome>;
  /** In the chat's lane, repeated a few times; resolves with the id of the last message, null when it failed. */
  send(message: Outgoing, priority?: Priority): Promise<number | null>;
  edit(
    chat: string,
    message: number,
    lines: readonly Line[],
    markup?: InlineKeyboardMarkup,
  ): Promise<boolean>;
  remove(chat: string, message: number): Promise<void>;
  document(to: Pick<Outgoing, 'chat' | 'thread'>, name: string, text: string): Promise<boolean>;
}

const PARTS_MAX = 3;
const TRIES = 5;
const BACKOFF_MS = 2000;
const NO_PREVIEW = { is_disabled: true } as const;

const stripTags = (html: string): string =>
  html
    .replace(/<[^<>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');

/** One call, as a class of PUB-5; what it resolves with is the message that shows it. */
async function tried(call: () => Promise<number | undefined>): Promise<SendOutcome> {
  try {
    const message = await call();
    return message === undefined ? { class: 'ok' } : { class: 'ok', message };
  } catch (error) {
    return classify(error);
  }
}

const done = async (call: Promise<unknown>): Promise<undefined> => {
  await call;
};

export function createSender(env: Env, lanes: Lanes): Sender {
  const { api, log, counters, timers } = env;

  /** Runs one call; broken markup is sent once more as plain text (PUB-7). */
  const attempt = async (
    method: string,
    html: string,
    call: (text: string, parseMode: { parse_mode?: 'HTML' }) => Promise<number | undefined>,
  ): Promise<SendOutcome> => {
    const once = (text: string, mode: { parse_mode?: 'HTML' }) => tried(() => call(text, mode));
    let outcome = await once(html, { parse_mode: 'HTML' });
    if (outcome.unparsable) {
      counters.parseError();
      log.error({ method, text: html.slice(0, 500) }, 'the chat refused our markup');
      outcome = await once(stripTags(html), {});
    }
    counters.call(method, outcome.class);
    if (outcome.class === 'failed') {
      counters.error();
      log.warn({ method, reason: outcome.description, retryAfterS: outcome.retryAfterS }, 'chat call failed');
    }
    return outcome;
  };

  const optionsOf = (message: Outgoing) => ({
    link_preview_options: NO_PREVIEW,
    ...(message.thread ? { message_thread_id: message.thread } : {}),
    ...(message.silent ? { disable_notification: true } : {}),
    ...(message.markup ? { reply_markup: message.markup } : {}),
    ...(message.replyTo
      ? { reply_parameters: { message_id: message.replyTo, allow_sending_without_reply: true } }
      : {}),
  });

  const sendHtml = (message: Outgoing, html: Html): Promise<SendOutcome> =>
    attempt('sendMessage', html, async (text, mode) => {
      const sent = await api.sendMessage(message.chat, text, { ...optionsOf(message), ...mode });
      return sent.message_id;
    });

  const sendNow = async (message: Outgoing): Promise<SendOutcome> => {
    const outcome = await sendHtml(message, linesHtml(message.lines));
    if (outcome.migratedTo === undefined) return outcome;
    env.store.migrateChat(message.chat, outcome.migratedTo);
    return sendHtml({ ...message, chat: outcome.migratedTo }, linesHtml(message.lines));
  };

  const editNow: Sender['editNow'] = (chat, id, html, markup) =>
    attempt('editMessageText', html, async (text, mode) => {
      await api.editMessageText(chat, id, text, {
        link_preview_options: NO_PREVIEW,
        reply_markup: markup ?? { inline_keyboard: [] },
        ...mode,
      });
      return id;
    });

  /** Repeats a call that failed for a passing reason; gives up after a few tries. */
  const insist = async (
    chat: string,
    priority: Priority,
    run: () => Promise<SendOutcome>,
  ): Promise<SendOutcome> => {
    let outcome: SendOutcome = { class: 'failed' };
    for (let n = 0; n < TRIES; n++) {
      outcome = await lanes.push(chat, priority, run);
      if (outcome.class !== 'failed' || outcome.permanent || lanes.stopped()) return outcome;
      if (outcome.retryAfterS === undefined) await timers.sleep(BACKOFF_MS * 2 ** n);
    }
    return outcome;
  };

  const document: Sender['document'] = async (to, name, text) => {
    const thread = to.thread ? { message_thread_id: to.thread } : {};
    const file = () => new InputFile(Buffer.from(text, 'utf8'), name);
    const outcome = await insist(to.chat, PRIORITY.reply, () =>
      tried(async () => (await env.patientApi.sendDocument(to.chat, file(), thread)).message_id),
    );
    return outcome.class === 'ok';
  };

  const unbuttonNow: Sender['unbuttonNow'] = (chat, message) =>
    tried(() => done(api.editMessageReplyMarkup(chat, message)));

  return {
    sendNow,
    editNow,
    unbuttonNow,
    async unbutton(chat, message) {
      await lanes.push(chat, PRIORITY.reply, () => unbuttonNow(chat, message));
    },
    document,
    async send(message, priority = PRIORITY.reply) {
      const parts = splitLines(message.lines);
      if (parts.length > PARTS_MAX) {
        await document(message, 'message.txt', linesText(message.lines));
        return null;
      }
      let last: number | null = null;
      for (const [index, lines] of parts.entries()) {
        const { markup, ...rest } = message;
        const isLast = index === parts.length - 1;
        const part: Outgoing = { ...rest, lines, ...(isLast && markup ? { markup } : {}) };
        const outcome = await insist(message.chat, priority, () => sendNow(part));
        last = outcome.message ?? null;
      }
      return last;
    },
    async edit(chat, message, lines, markup) {
      const [first] = splitLines(lines);
      const html = linesHtml(first ?? []);
      const outcome = await insist(chat, PRIORITY.reply, () => editNow(chat, message, html, markup));
      return outcome.class === 'ok' || outcome.class === 'not_modified';
    },
    async remove(chat, message) {
      await lanes.push(chat, PRIORITY.reply, () => tried(() => done(api.deleteMessage(chat, message))));
    },
  };
}
