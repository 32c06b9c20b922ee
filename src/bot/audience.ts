import type { RunView } from '../pipeline/view.ts';
import type { ChatRow } from './chat-store.ts';
import type { Env } from './env.ts';

const covers = (row: ChatRow, repo: string): boolean =>
  row.projects !== null && (row.projects.length === 0 || row.projects.includes(repo));

const ownerChats = (env: Env): string[] =>
  env.store.users().flatMap((user) => (user.role === 'owner' ? [String(user.id)] : []));

/** Chats a project reports to: those whose scope covers it, else the default chat, else the owners (TOPIC-1, ACC-11). */
export function chatsOfProject(env: Env, repo: string): string[] {
  const scoped = env.store
    .chats()
    .flatMap((row) => (covers(row, repo) && row.chat !== env.settings.goneChat ? [row.chat] : []));
  if (scoped.length > 0) return scoped;
  return env.settings.chatId === null ? ownerChats(env) : [env.settings.chatId];
}

/** Chats a task reports to; the chat it came from always is one of them (TOPIC-1). */
export function chatsOfTask(env: Env, view: RunView): string[] {
  const { originChat, repo } = view.task;
  const configured = env.store.chats().some((row) => covers(row, repo));
  const origin = originChat === null || originChat === env.settings.goneChat ? [] : [originChat];
  if (origin.length > 0 && !configured && env.settings.chatId === null) return origin;
  return [...new Set([...origin, ...chatsOfProject(env, repo)])];
}

/** Standings that do not see a group's messages. */
const OUTSIDE: ReadonlySet<string> = new Set(['left', 'kicked']);

/** Unknown counts as seen: a doubtful second copy is worse than a late look at the group. */
async function seesChat({ api }: Env, person: string, chat: string): Promise<boolean> {
  if (!chat.startsWith('-')) return chat === person;
  try {
    const { status } = await api.getChatMember(chat, Number(person));
    return !OUTSIDE.has(status);
  } catch {
    return true;
  }
}

/** The creator's private chat when they see none of the chats a ping goes to; null otherwise (PING-5). */
export async function privateCopyFor(
  env: Env,
  view: RunView,
  chats: readonly string[],
): Promise<string | null> {
  const { surface, id } = view.task.createdBy;
  if (surface !== 'chat' || env.store.user(Number(id)) === null || chats.includes(id)) return null;
  const seen = await Promise.all(chats.map((chat) => seesChat(env, id, chat)));
  return seen.includes(true) ? null : id;
}

/** Chats that hear about the system itself. */
export const systemChats = (env: Env): string[] =>
  env.settings.chatId === null ? ownerChats(env) : [env.settings.chatId];
