import type { WebhookInfo } from '@grammyjs/types';
import { badRequest, conflict } from '../refusal.ts';
import type { UpdateKind } from '../update-queue.ts';
import type { Webhook } from '../webhook-register.ts';
import type { ApiState, MethodHandlers } from './method.ts';

const WEBHOOK_ACTIVE =
  "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

/** Who the bot is and how it receives updates (CHAT-11, CHAT-12, CHAT-13). */
export const updateMethods: MethodHandlers<
  'getMe' | 'getUpdates' | 'setWebhook' | 'deleteWebhook' | 'getWebhookInfo' | 'logOut' | 'close'
> = {
  getMe: (_call, { me }) => me,

  getUpdates({ params, signal }, { updates, webhook }) {
    if (webhook.get()) throw conflict(WEBHOOK_ACTIVE);
    return updates.poll({
      offset: params.integer('offset'),
      limit: params.integer('limit'),
      timeout: params.integer('timeout'),
      allowedUpdates: params.json<UpdateKind[]>('allowed_updates'),
      signal,
    });
  },

  setWebhook({ params }, { updates, webhook }) {
    const url = params.text('url');
    if (params.flag('drop_pending_updates')) updates.drop();
    if (url === '') {
      webhook.set(undefined);
      return true;
    }
    const secretToken = params.text('secret_token');
    assertWebhook(url, secretToken);
    const allowed = params.json<UpdateKind[]>('allowed_updates');
    if (allowed) updates.setAllowed(allowed);
    const registered: Webhook = { url, maxConnections: params.integer('max_connections') ?? 40 };
    if (secretToken !== '') registered.secretToken = secretToken;
    webhook.set(registered);
    updates.interrupt('terminated by setWebhook request');
    return true;
  },

  deleteWebhook({ params }, { updates, webhook }) {
    if (params.flag('drop_pending_updates')) updates.drop();
    webhook.set(undefined);
    return true;
  },

  getWebhookInfo: (_call, state) => describeWebhook(state),
  logOut: () => true,
  close: () => true,
};

function assertWebhook(url: string, secretToken: string): void {
  const bad = (why: string) => badRequest(`bad webhook: ${why}`);
  if (!URL.canParse(url)) throw bad('URL is invalid');
  const { protocol, hostname, port } = new URL(url);
  // Telegram insists on https; a server on this machine is reached without certificates.
  const local = hostname === '127.0.0.1' || hostname === 'localhost';
  if (protocol !== 'https:' && !(local && protocol === 'http:')) {
    throw bad('An HTTPS URL must be provided for webhook');
  }
  if (!local && port !== '' && !['443', '80', '88', '8443'].includes(port)) {
    throw bad('Webhook can be set up only on ports 80, 88, 443 or 8443');
  }
  if (secretToken !== '' && !/^[A-Za-z0-9_-]{1,256}$/.test(secretToken)) {
    throw badRequest('secret token contains unallowed characters');
  }
}

function describeWebhook({ updates, webhook }: ApiState): WebhookInfo {
  const registered = webhook.get();
  const info: WebhookInfo = {
    url: registered?.url ?? '',
    has_custom_certificate: false,
    pending_update_count: updates.pending(),
  };
  const allowed = updates.allowed();
  if (allowed) info.allowed_updates = [...allowed];
  if (registered) info.max_connections = registered.maxConnections;
  if (registered?.lastError) {
    info.last_error_date = Math.floor(registered.lastError.atMs / 1000);
    info.last_error_message = registered.lastError.message;
  }
  return info;
}
