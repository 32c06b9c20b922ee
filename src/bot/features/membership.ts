import type { Update } from 'grammy/types';
import { type Ask, boundRepo, type House, say } from '../ask.ts';
import type { ButtonRows } from '../buttons.ts';
import { chatRowOf } from '../chat-row.ts';
import { textsOf } from '../env.ts';
import { cut } from '../markup.ts';

/** Which projects report to a chat, as buttons (ACC-9). */
export async function askProjects(ask: Ask): Promise<void> {
  const { texts } = ask;
  const choice = (text: string, projects: readonly string[] | null) => [
    { text: cut(text, 60), action: 'report-here' as const, payload: JSON.stringify({ projects }) },
  ];
  const projects = ask.house.env.control.projects();
  const buttons: ButtonRows = [
    choice(texts.t('btn-all-projects'), []),
    ...projects.slice(0, 10).map(({ name, repo }) => choice(name, [repo])),
    choice(texts.t('btn-none'), null),
  ];
  await say(ask, texts.t('reply-added'), { buttons });
}

/** Added by an owner it asks what to report; added by anybody else it leaves (ACC-9). */
export async function onMembership(house: House, update: Update, key: string): Promise<void> {
  const { env } = house;
  const change = update.my_chat_member;
  if (!change || change.chat.type === 'private' || change.chat.type === 'channel') return;
  const { status } = change.new_chat_member;
  const chat = String(change.chat.id);
  if (status === 'left' || status === 'kicked') return env.store.removeChat(chat);
  if (change.old_chat_member.status === 'member' || change.old_chat_member.status === 'administrator') return;
  const user = env.store.user(change.from.id);
  if (user?.role !== 'owner') {
    if (env.settings.leaveUnknown) await env.api.leaveChat(change.chat.id).catch(() => undefined);
    return;
  }
  const forum = change.chat.type === 'supergroup' && change.chat.is_forum === true;
  env.store.putChat(chatRowOf(env, chat, { title: change.chat.title, forum }));
  const texts = textsOf(env, chat);
  const at = env.timers.now();
  const repo = boundRepo(env, chat, null);
  await askProjects({ house, user, texts, chat, thread: null, message: null, key, at, replied: null, repo });
}

/** Sets what a chat reports (TOPIC-1). */
export async function reportHere(
  ask: Ask,
  projects: readonly string[] | null,
  edit: number | null,
): Promise<void> {
  const { env } = ask.house;
  env.store.putChat(chatRowOf(env, ask.chat, { projects }));
  const names = projects === null ? ask.texts.t('word-none') : projects.join(', ') || ask.texts.t('word-all');
  await say(ask, ask.texts.t('reply-reporting', { projects: names }), { edit });
  if (projects !== null) await ask.house.publisher.postMissing();
}
