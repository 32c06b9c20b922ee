import type { ApiCore } from '../../../src/bot/local-chat/api-core.ts';

/** One delivery to the bot's webhook. */
export interface Delivery {
  updateId: number;
  status: number | 'unreachable';
}

/**
 * Pushes queued updates to the registered webhook, one at a time and in order, with the secret token, like
 * Telegram. `reach` says where a public address leads, as name service and proxy do. An update that is not answered with 2xx stays queued; `retry` sends it again.
 */
export function createWebhookPush(
  core: ApiCore,
  reach: (url: string) => string,
): { retry(): Promise<void>; deliveries: Delivery[] } {
  const deliveries: Delivery[] = [];
  let running: Promise<void> | undefined;

  const deliver = async (): Promise<void> => {
    for (;;) {
      const webhook = core.webhook.get();
      const [update] = core.storage.listUpdates({ from: 0, limit: 1 });
      if (!webhook || !update) return;
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (webhook.secretToken) headers['x-telegram-bot-api-secret-token'] = webhook.secretToken;
      const status = await fetch(reach(webhook.url), {
        method: 'POST',
        headers,
        body: JSON.stringify(update),
      })
        .then((response) => response.status)
        .catch(() => 'unreachable' as const);
      deliveries.push({ updateId: update.update_id, status });
      if (typeof status !== 'number' || status < 200 || status > 299) return;
      core.storage.confirmUpdates(update.update_id + 1);
    }
  };
  const retry = (): Promise<void> => {
    running ??= deliver().finally(() => {
      running = undefined;
    });
    return running;
  };
  core.updates.onPush(() => void retry());
  return { retry, deliveries };
}
