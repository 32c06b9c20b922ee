import type { ChatStorage } from './storage.ts';

/** A registered webhook. */
export interface Webhook {
  url: string;
  secretToken?: string;
  maxConnections: number;
  lastError?: { atMs: number; message: string };
}

/** The webhook of one token; survives restarts, as it does at Telegram. */
export interface WebhookRegister {
  get(): Webhook | undefined;
  set(webhook: Webhook | undefined): void;
}

/** Creates the register over its storage. */
export function createWebhookRegister(storage: ChatStorage): WebhookRegister {
  return {
    get() {
      const saved = storage.getValue('webhook');
      return saved ? (JSON.parse(saved) as Webhook) : undefined;
    },
    set: (webhook) => storage.setValue('webhook', webhook ? JSON.stringify(webhook) : ''),
  };
}
