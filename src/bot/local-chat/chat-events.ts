import type { StoredMessage } from './storage.ts';

/** What a person looking at the chat would notice. */
export type ChatEvent =
  | { kind: 'message'; row: StoredMessage }
  | { kind: 'edited'; row: StoredMessage }
  | { kind: 'deleted'; chatId: number; messageId: number }
  | { kind: 'pinned'; chatId: number; messageId: number }
  | { kind: 'answer'; queryId: string; userId: number; text: string; alert: boolean; url?: string }
  | { kind: 'action'; chatId: number; action: string }
  | { kind: 'commands' };

/** Synchronous fan-out of chat events. A listener must not throw. */
export interface ChatEvents {
  emit(event: ChatEvent): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: ChatEvent) => void): () => void;
}

/** Creates an empty hub; events are delivered in order, to every listener present at that moment. */
export function createChatEvents(): ChatEvents {
  const listeners = new Set<(event: ChatEvent) => void>();
  return {
    emit(event) {
      for (const listener of [...listeners]) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
