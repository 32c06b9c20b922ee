import type { Message } from 'grammy/types';
import type { House } from './ask.ts';
import { NO_BINDING } from './buttons.ts';
import { textsOf } from './env.ts';
import { cut, oneLine } from './markup.ts';
import { normalCode, pair } from './pairing.ts';

const HOUR_MS = 3_600_000;

export const nameOf = (from: { first_name: string; last_name?: string; username?: string }): string =>
  oneLine([from.first_name, from.last_name ?? ''].join(' ')) || from.username || '?';

async function tellOwners(house: House, text: (chat: string) => string): Promise<void> {
  const owners = house.env.store.users().filter(({ role }) => role === 'owner');
  for (const { id } of owners) {
    const chat = String(id);
    await house.sender.send({ chat, lines: [[text(chat)]], silent: true });
  }
}

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
  const seen = {
    name: nameOf(from),
    id: from.id,
    text: cut(oneLine(text.replace(/^\/start.*/, '/start')), 100),
  };
  await tellOwners(house, (owner) => textsOf(env, owner).t('access-stranger', seen));
}

function noteStranger({ env }: House, message: Message): void {
  const key = `stranger.logged.${message.from?.id}`;
  const at = env.timers.now();
  if (at - Number(env.store.memo(key) ?? 0) < HOUR_MS) return;
  env.store.putMemo(key, String(at));
  const { from, text } = message;
  env.log.warn({ userId: from?.id, username: from?.username, text: cut(text ?? '', 100) }, 'unknown sender');
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
  await sender.send({ chat, lines: [[texts.t('pair-ok', { name: user.name, role: user.role })]] });
  const joined = { name: user.name, role: user.role, by: user.createdBy };
  await tellOwners(house, (owner) => textsOf(env, owner).t('pair-joined', joined));
  await house.publisher.postMissing();
}
