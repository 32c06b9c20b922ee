import { randomBytes } from 'node:crypto';
import { type Api, GrammyError } from 'grammy';
import type { Logger } from '../log.ts';
import type { ChatStore } from './chat-store.ts';
import { createStop, type Timers } from './env.ts';
import { ALLOWED_UPDATES, type Connection, type Polling } from './polling.ts';

const SECRET = 'telegram.webhook.secret';
const BACKOFF_MAX_MS = 60_000;

/** The header secret: the configured one, else 32 random bytes made once and stored (CHAT-13). */
export function webhookSecret(store: ChatStore, configured: string | null): string {
  if (configured !== null) return configured;
  const known = store.memo(SECRET);
  if (known !== null) return known;
  const made = randomBytes(32).toString('base64url');
  store.putMemo(SECRET, made);
  return made;
}

export interface WebhookParts {
  api: Api;
  timers: Timers;
  log: Logger;
  url: string;
  secret: string;
  onConnect(): Promise<void>;
}

/** Registers the webhook until the chat accepts it; updates then come through the front door (CHAT-13). */
export function createWebhook(parts: WebhookParts): Polling {
  const { api, timers, log, url, secret } = parts;
  const stopping = createStop();
  let state: Connection = 'connecting';
  return {
    connection: () => state,
    stop: () => stopping.abort(),
    async run() {
      for (
        let backoffMs = 1000;
        !stopping.signal.aborted;
        backoffMs = Math.min(BACKOFF_MAX_MS, backoffMs * 2)
      ) {
        try {
          await api.setWebhook(url, { secret_token: secret, allowed_updates: ALLOWED_UPDATES });
          await parts.onConnect();
          state = 'ok';
          return;
        } catch (error) {
          state = error instanceof GrammyError && error.error_code === 401 ? 'unauthorized' : 'disconnected';
          log.warn({ reason: String(error) }, 'the webhook could not be set');
          await timers.sleep(backoffMs, stopping.signal);
        }
      }
    },
  };
}
