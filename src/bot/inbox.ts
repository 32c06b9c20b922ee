import type { Update } from 'grammy/types';
import type { Env } from './env.ts';
import type { Router } from './router.ts';

export interface Inbox {
  /** Stores an update and queues it behind earlier ones of its chat; false when it was known (CHAT-14). */
  receive(update: Update): boolean;
  /** Handles again what an earlier process received and did not finish. */
  recover(): void;
  offset(): number;
  /** Resolves when everything received so far was handled. */
  idle(): Promise<void>;
}

const OFFSET = 'polling.offset';
/** A handler that waits this long for a slow chat no longer holds up the next update of that chat. */
const PATIENCE_MS = 2500;

const chatOf = (update: Update): string => {
  const { message, edited_message: edited, callback_query: query, my_chat_member: member } = update;
  const chat = message?.chat ?? edited?.chat ?? query?.message?.chat ?? member?.chat;
  return String(chat?.id ?? query?.from.id ?? 0);
};

/** Updates of one chat in order, different chats in parallel (ORD-1). */
export function createInbox(env: Env, route: Router): Inbox {
  const { store, timers } = env;
  const tails = new Map<string, Promise<void>>();
  const open = new Set<Promise<void>>();

  const handle = async (update: Update, key: string): Promise<void> => {
    await route(update, key);
    store.handled(key, timers.now());
  };

  const queue = (update: Update, key: string): void => {
    const chat = chatOf(update);
    const before = tails.get(chat) ?? Promise.resolve();
    let work: Promise<void> = Promise.resolve();
    const started = before.then(() => {
      work = handle(update, key);
      return Promise.race([work, timers.sleep(PATIENCE_MS)]);
    });
    tails.set(chat, started);
    const whole = started.then(() => work).finally(() => open.delete(whole));
    open.add(whole);
  };

  return {
    receive(update) {
      const key = `telegram:${update.update_id}`;
      const fresh = store.transaction(() => {
        const at = timers.now();
        const stored = store.receive({ key, body: JSON.stringify(update), receivedAt: at });
        const next = Math.max(Number(store.memo(OFFSET) ?? 0), update.update_id + 1);
        store.putMemo(OFFSET, String(next));
        return stored;
      });
      if (fresh) queue(update, key);
      return fresh;
    },
    recover() {
      for (const { key, body } of store.unhandled()) queue(JSON.parse(body) as Update, key);
    },
    offset: () => Number(store.memo(OFFSET) ?? 0),
    async idle() {
      while (open.size > 0) await Promise.all(open);
    },
  };
}
