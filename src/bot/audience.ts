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

/** Chats that hear about the system itself. */
export const systemChats = (env: Env): string[] =>
  env.settings.chatId === null ? ownerChats(env) : [env.settings.chatId];
