import type { Api } from 'grammy';
import type { ChatRole } from '../pipeline/events.ts';
import { commandMenu } from './commands.ts';
import { type Env, textsOf } from './env.ts';
import { LANGS } from './texts.ts';

/** The command menus, per language and role (CHAT-17). */
export async function publishMenus(env: Env, api: Api): Promise<void> {
  for (const lang of LANGS) {
    const language = lang === env.settings.lang ? {} : { language_code: lang };
    await api.setMyCommands(commandMenu('viewer', env.texts(lang)), language);
  }
  for (const user of env.store.users())
    await publishMenu(env, api, { role: user.role, chat: String(user.id) });
}

/** The commands of a role in one chat, in its language. */
export async function publishMenu(env: Env, api: Api, of: { role: ChatRole; chat: string }): Promise<void> {
  const scope = { type: 'chat' as const, chat_id: Number(of.chat) };
  await api.setMyCommands(commandMenu(of.role, textsOf(env, of.chat)), { scope });
}
