import type { ChatRow } from './chat-store.ts';
import type { Env } from './env.ts';

/** The row of a chat, or a fresh one that reports nothing yet. */
export const chatRowOf = (env: Env, chat: string, change: Partial<ChatRow> = {}): ChatRow => ({
  chat,
  kind: chat.startsWith('-') ? 'group' : 'private',
  title: chat,
  projects: null,
  lang: null,
  reachable: true,
  threads: {},
  forum: false,
  digest: null,
  ...env.store.chat(chat),
  ...change,
});
