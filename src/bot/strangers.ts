import type { Message } from 'grammy/types';
import type { House } from './ask.ts';
import { NO_BINDING } from './buttons.ts';
import { textsOf } from './env.ts';
import { cut, oneLine } from './markup.ts';
import { tellOwners } from './owners.ts';
import { normalCode, pair } from './pairing.ts';

const HOUR_MS = 3_600_000;

export const nameOf = (from: { first_name: string; last_name?: string; username?: string }): string =>
  oneLine([from.first_name, from.last_name ?? ''].join(' ')) || from.username || '?';

/** A person who is not paired: a code, or one answer for ever (ACC-3 to ACC-6). */
export async function handleStranger(house: House, message: Message): Promise<void> {
  const { env, sender } = house;
  const { from, chat } = message;
  if (!from || chat.type !== 'private') return;
  const text = message.text ?? '';
  const code = /^\/start(?:@\w+)?\s+(\S.*)$/.exec(text)?.[1];
  const texts = textsOf(env, String(chat.id));
  if (code !== undefined && normalCode(code).length === 8) return tryCode(house, message, code);
  noteStranger(house, message);
  const answered = `stranger.${from.id}`;
  if (env.store.memo(answered) !== null) return;
  env.store.putMemo(answered, String(env.timers.now()));
  await sender.send({ chat: String(chat.id), lines: [[texts.t('access-unknown')]] });
  const args = { name: nameOf(from), id: from.id, text: firstWords(text) };
  await tellOwners(house, { key: 'access-stranger', args });
}

/** What a stranger wrote, without what may be a pairing code (SAFE-4). */
const firstWords = (text: string): string => cut(oneLine(text.replace(/^\/start[\s\S]*/, '/start')), 100);

function noteStranger({ env }: House, message: Message): void {
  const key = `stranger.logged.${message.from?.id}`;
  const at = env.timers.now();
  if (at - Number(env.store.memo(key) ?? 0) < HOUR_MS) return;
  env.store.putMemo(key, String(at));
  const { from, chat } = message;
  const text = firstWords(message.text ?? '');
  env.log.warn({ userId: from?.id, username: from?.username, text }, 'unknown sender');
  const who = { user: from?.id ?? null, name: from ? nameOf(from) : '?', role: null, chat: String(chat.id) };
  const said = { command: 'message', result: 'unpaired', reason: text, message: message.message_id };
  env.store.audit({ ...NO_BINDING, ...who, ...said, at });
}

async function tryCode(house: House, message: Message, code: string): Promise<void> {
  const { env, sender } = house;
  const { from } = message;
  if (!from) return;
  const chat = String(message.chat.id);
  const texts = textsOf(env, chat);
  const user = pair(env, { id: from.id, name: nameOf(from) }, code);
  const result = user ? 'ok' : 'wrong-code';
  const row = {
    user: from.id,
    name: nameOf(from),
    role: user?.role ?? null,
    chat,
    message: message.message_id,
  };
  env.store.audit({ ...NO_BINDING, ...row, at: env.timers.now(), command: 'pair', result, reason: '' });
  if (!user) {
    await sender.send({ chat, lines: [[texts.t('pair-wrong')]] });
    return;
  }
  house.showMenu(user.role, chat);
  await sender.send({ chat, lines: [[texts.t('pair-ok', { name: user.name, role: user.role })]] });
  const args = { name: user.name, role: user.role, by: user.createdBy };
  await tellOwners(house, { key: 'pair-joined', args });
  await house.publisher.postMissing();
}
