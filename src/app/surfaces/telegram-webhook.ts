import type { ChatBot, TelegramUpdate } from '../../bot/bot.ts';
import { createTokenVerifier } from '../../http/secret.ts';
import { createWebhookRoute, type WebhookRoute } from '../../http/webhook.ts';

const SECRET_HEADER = 'X-Telegram-Bot-Api-Secret-Token';

const isUpdate = (payload: unknown): payload is TelegramUpdate =>
  typeof payload === 'object' &&
  payload !== null &&
  Number.isInteger((payload as { update_id?: unknown }).update_id);

/** `POST /webhook/telegram`; nothing while the bot polls, and never without a secret (CHAT-13, CHAT-14). */
export function telegramWebhook(
  bot: Pick<ChatBot, 'webhookSecret' | 'handleUpdate'>,
  maxBytes: number,
): readonly WebhookRoute[] {
  const secret = bot.webhookSecret();
  if (secret === null) return [];
  return [
    createWebhookRoute<TelegramUpdate>({
      name: 'telegram',
      maxBytes,
      verify: createTokenVerifier(secret, SECRET_HEADER),
      allowUnsigned: false,
      deliveryId: (_raw, _headers, payload) => (isUpdate(payload) ? `telegram:${payload.update_id}` : ''),
      // The bot's own inbox knows what it has seen, in the transaction that stores it.
      seen: () => false,
      parse: (payload) => (isUpdate(payload) ? { event: payload } : { ignored: 'no update' }),
      store: ({ event }) => bot.handleUpdate(event),
    }),
  ];
}
