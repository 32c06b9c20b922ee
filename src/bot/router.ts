import type { CallbackQuery, Message, Update, User } from 'grammy/types';
import { describeError } from '../errors.ts';
import { denialOf } from './access.ts';
import { type Ask, audit, boundRepo, type House, say } from './ask.ts';
import { ACTIONS, NO_BINDING } from './buttons.ts';
import type { ChatUser } from './chat-store.ts';
import { parseCommand } from './command.ts';
import { runCommand } from './dispatch.ts';
import { textsOf } from './env.ts';
import { draft, editDraft } from './features/drafts.ts';
import { nonceOf } from './keyboard.ts';
import { countRefusal } from './owners.ts';
import { handleReply } from './replies.ts';
import { handleStranger, nameOf } from './strangers.ts';
import { decideTap } from './taps.ts';

const SECOND_MS = 1000;

/** Handles one stored update; never throws (CHAT-4). */
export type Router = (update: Update, key: string) => Promise<void>;

export interface RouterHooks {
  /** Membership of the bot in a chat changed (ACC-9). */
  membership(update: Update, key: string): Promise<void>;
}

export function createRouter(house: House, hooks: RouterHooks): Router {
  const { env } = house;

  const askOf = (user: ChatUser, message: Message, key: string): Ask => {
    const chat = String(message.chat.id);
    const thread = message.is_topic_message ? (message.message_thread_id ?? null) : null;
    const repliedTo = repliedMessage(message)?.message_id;
    return {
      house,
      user,
      texts: textsOf(env, chat),
      chat,
      thread,
      message: message.message_id,
      key,
      at: env.timers.now(),
      replied: repliedTo === undefined ? null : env.store.message(chat, repliedTo),
      repo: boundRepo(env, chat, thread),
    };
  };

  const onMessage = async (message: Message, key: string): Promise<void> => {
    if (message.migrate_to_chat_id !== undefined) {
      env.store.migrateChat(String(message.chat.id), String(message.migrate_to_chat_id));
      return;
    }
    const text = message.text?.trim() ?? '';
    if (!message.from || message.from.is_bot || message.sender_chat) return onBehalf(house, message);
    const user = known(house, message.from);
    if (text === '' && message.chat.type !== 'private') return;
    if (!user) return handleStranger(house, message);
    const ask = askOf(user, message, key);
    if (text === '') return onNoText(ask, message);
    await onText(house, ask, message, text);
  };

  const onTap = async (query: CallbackQuery, key: string): Promise<void> => {
    const answer = (text: string, alert: boolean) =>
      env.api
        .answerCallbackQuery(query.id, { text: text.slice(0, 200), show_alert: alert })
        .catch((error: unknown) =>
          env.log.warn({ reason: describeError(error) }, 'a tap could not be answered'),
        );
    const { message } = query;
    const user = known(house, query.from);
    const nonce = nonceOf(query.data ?? '');
    const row = nonce === null ? null : env.store.callback(nonce);
    if (!user || !message) {
      await answer(refuseStranger(house, query, row !== null), true);
      return countRefusal(house, { id: query.from.id, name: nameOf(query.from) }, env.timers.now());
    }
    const ask = askOf(user, message as Message, key);
    const decided = decideTap({ ...ask, replied: null }, row);
    await answer(decided.text, decided.alert);
    await decided.after?.();
  };

  const route = async (update: Update, key: string): Promise<void> => {
    if (update.callback_query) return onTap(update.callback_query, key);
    if (update.message) return onMessage(update.message, key);
    if (update.my_chat_member) return hooks.membership(update, key);
    const edited = update.edited_message;
    const user = edited?.from ? env.store.user(edited.from.id) : null;
    if (edited?.text && user) await editDraft(askOf(user, edited, key), edited.text);
  };

  return async (update, key) => {
    try {
      await route(update, key);
    } catch (error) {
      env.counters.error();
      env.log.error({ deliveryId: key, err: error }, 'an update could not be handled');
      await apologise(house, update, error);
    }
  };
}

/** The paired sender; their name follows what Telegram says. */
function known({ env }: House, from: User): ChatUser | null {
  const user = env.store.user(from.id);
  if (!user) return null;
  const name = nameOf(from);
  if (user.name === name) return user;
  const renamed = { ...user, name };
  env.store.putUser(renamed);
  return renamed;
}

/** Channels and anonymous admins cannot decide anything (ACC-1). */
async function onBehalf({ env, sender }: House, message: Message): Promise<void> {
  const { sender_chat: on, text, message_id: id } = message;
  if (!on || !text?.startsWith('/')) return;
  const chat = String(message.chat.id);
  const who = { user: null, name: 'title' in on ? (on.title ?? '') : '', role: null, chat, message: id };
  const said = { command: parseCommand(text)?.name ?? 'message', result: 'forbidden', reason: 'on behalf' };
  env.store.audit({ ...NO_BINDING, ...who, ...said, at: env.timers.now() });
  await sender.send({ chat, lines: [[textsOf(env, chat).t('access-channel')]], replyTo: id });
}

/** What a message replies to; in a topic every message "replies" to the one that opened the topic. */
const repliedMessage = ({ reply_to_message: to }: Message) =>
  to === undefined || to.forum_topic_created !== undefined ? undefined : to;

/** Before the bot knows its own name, every bot may be it. */
const isOurs = (house: House, from: User | undefined): boolean =>
  from?.is_bot === true && ['', from.username].includes(house.username());

/** What people send that nobody here reads; anything else without text is a notice of the chat itself. */
const UNREAD = [
  'photo',
  'document',
  'voice',
  'audio',
  'video',
  'video_note',
  'sticker',
  'location',
  'contact',
];

/** A picture, a file, a sticker is answered, never ignored (CHAT-3). */
async function onNoText(ask: Ask, message: Message): Promise<void> {
  if (!UNREAD.some((kind) => kind in message)) return;
  await say(ask, ask.texts.t('reply-text-only'), { silent: true });
  audit(ask, 'message', { result: 'no-text' });
}

/** Records a tap of somebody who is not paired; the sentence that answers it (CB-3, CB-8). */
function refuseStranger({ env }: House, { from, message }: CallbackQuery, known: boolean): string {
  const chat = String(message?.chat.id ?? from.id);
  const who = { user: from.id, name: nameOf(from), role: null, chat, message: message?.message_id ?? null };
  const said = { command: 'tap', result: known ? 'unpaired' : 'unknown', reason: '' };
  env.store.audit({ ...NO_BINDING, ...who, ...said, at: env.timers.now() });
  return textsOf(env, chat).t(known ? 'answer-unpaired' : 'answer-unknown-bare');
}

async function apologise({ env, sender }: House, update: Update, error: unknown): Promise<void> {
  const { message, callback_query: query } = update;
  const chat = message?.chat.id ?? query?.message?.chat.id;
  if (chat === undefined) return;
  const texts = textsOf(env, String(chat));
  if (query) {
    await env.api
      .answerCallbackQuery(query.id, { text: texts.t('answer-error'), show_alert: true })
      .catch(() => undefined);
    return;
  }
  const said = texts.t('reply-error', { message: describeError(error) });
  await sender.send({ chat: String(chat), lines: [[said]] });
}

async function onText(house: House, ask: Ask, message: Message, text: string): Promise<void> {
  const parsed = parseCommand(text);
  if (parsed) {
    if (parsed.bot !== null && parsed.bot.toLowerCase() !== house.username().toLowerCase()) return;
    const ageMs = ask.at - message.date * SECOND_MS;
    return runCommand(ask, parsed, { text, ageMs });
  }
  const repliedTo = repliedMessage(message);
  if (isOurs(house, repliedTo?.from))
    return handleReply(ask, { message: repliedTo?.message_id ?? 0, shown: repliedTo?.text ?? '' }, text);
  const isPrivate = message.chat.type === 'private';
  const mention = `@${house.username()}`;
  const mentioned = house.username() !== '' && text.toLowerCase().includes(mention.toLowerCase());
  if (!isPrivate && !mentioned) return;
  const denial = denialOf(ask, { role: ACTIONS.create, action: 'create' });
  if (denial !== null) {
    audit(ask, 'draft', { result: 'forbidden', reason: ACTIONS.create });
    return void (await say(ask, denial));
  }
  const body = mentioned ? text.replace(new RegExp(mention, 'i'), '').trim() : text;
  audit(ask, 'draft', await draft(ask, body, { source: message.message_id }));
}
