import { randomBytes } from 'node:crypto';
import { type BotParts, type ChatBot, createBot } from '../../bot/bot.ts';
import type { ChatStore } from '../../bot/chat-store.ts';
import type { Timers } from '../../bot/env.ts';
import { createLocalChat, type LocalChat } from '../../bot/local-chat/server.ts';
import type { ChatStorage } from '../../bot/local-chat/storage.ts';
import type { Control } from '../../bot/ports.ts';
import type { Config } from '../../config/schema.ts';
import { createLocalChatStorage } from '../../db/local-chat-storage.ts';
import type { Cleanup } from '../cleanup.ts';
import type { Parts } from '../parts.ts';
import { botSettingsOf } from '../settings.ts';

export interface Chat {
  bot: ChatBot;
  /** Null when Telegram is used. */
  local: LocalChat | null;
  /** Signs one browser in to the local page, once. */
  keyUrl: string | null;
}

/** The one person at the local page (LOCAL-2). */
const LOCAL_USER_ID = 1;
/** The private chat of that person; it does not exist in Telegram. */
const LOCAL_CHAT = String(LOCAL_USER_ID);
const TOKEN_MEMO = 'local-chat-token';

/** How updates arrive (CHAT-10, CHAT-13); the address was checked with the settings. */
function webhookOf({ mode, webhookUrl, webhookSecret }: Config['telegram']): Pick<BotParts, 'webhook'> {
  if (mode !== 'webhook' || webhookUrl === undefined) return {};
  return { webhook: { url: webhookUrl, secret: webhookSecret ?? null } };
}

/** The bot, against Telegram or the local page; not polling yet. */
export async function createChat(
  parts: Parts,
  control: Control,
  options: { cleanup: Cleanup; announce?: (keyUrl: string) => void; timers?: Timers },
): Promise<Chat> {
  const { config, house, place } = parts;
  const store: ChatStore = house.chat;
  const settings = botSettingsOf(config);
  const { botToken, apiUrl } = config.telegram;
  const paced = options.timers ? { timers: options.timers } : {};
  if (botToken !== undefined) {
    // The person of the local page is nobody in Telegram: without this no owner could pair (LOCAL-5).
    store.removeUser(LOCAL_USER_ID);
    if (settings.allowedUsers.length > 0 && store.users().length > 0)
      place.log.info('ORCH_TELEGRAM_ALLOWED_USERS is ignored: there are users already');
    const bot = createBot({
      ...{ token: botToken, apiUrl, control, store, log: place.log, counters: parts.metrics.chat },
      settings: { ...settings, goneChat: LOCAL_CHAT },
      ...webhookOf(config.telegram),
      ...paced,
    });
    return { bot, local: null, keyUrl: null };
  }
  const token = store.memo(TOKEN_MEMO) ?? `${LOCAL_USER_ID}:${randomBytes(24).toString('base64url')}`;
  store.putMemo(TOKEN_MEMO, token);
  const local = createLocalChat({
    host: config.telegram.localChatHost,
    port: config.telegram.localChatPort,
    allowRemote: config.telegram.localChatAllowRemote,
    storage: createLocalChatStorage(house.db) as unknown as ChatStorage,
    token,
    now: place.now,
    log: place.log,
    user: { id: LOCAL_USER_ID, firstName: 'You' },
    language: config.i18n.lang,
    ...(options.announce ? { announce: options.announce } : {}),
  });
  const { apiRoot, keyUrl } = await local.listen();
  options.cleanup.add('chat page', () => local.close());
  welcomeBack(store, place.now());
  const allowedUsers = [{ id: LOCAL_USER_ID, role: 'owner' as const }];
  const bot = createBot({
    token,
    apiUrl: apiRoot,
    control,
    store,
    settings: {
      ...settings,
      allowedUsers,
      chatId: String(LOCAL_USER_ID),
      cardMinIntervalMs: Math.min(settings.cardMinIntervalMs, 100),
    },
    log: place.log,
    ...paced,
    counters: parts.metrics.chat,
  });
  return { bot, local, keyUrl };
}

/** Back from Telegram, the person at the page is an owner again (LOCAL-2). */
function welcomeBack(store: ChatStore, at: number): void {
  if (store.users().length === 0 || store.user(LOCAL_USER_ID) !== null) return;
  const nothing = { tz: null, quietHours: null, projects: [] };
  store.putUser({
    ...nothing,
    id: LOCAL_USER_ID,
    name: 'You',
    role: 'owner',
    createdBy: 'settings',
    createdAt: at,
  });
}
