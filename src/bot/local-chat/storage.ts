import type { Message, Update } from '@grammyjs/types';

/** One message as a row: keyed by chat and id, the rest is JSON. */
export interface StoredMessage {
  chatId: number;
  messageId: number;
  /** Exactly what the Bot API returns for it. */
  message: Message;
  /** Sent with `disable_notification` (LOCAL-4 shows it differently). */
  silent: boolean;
  /** Set when the bot asked for a reply (`force_reply`). Such a message cannot be edited. */
  forceReply?: { placeholder?: string };
}

/** A document sent by the bot. */
export interface StoredFile {
  fileId: string;
  name: string;
  mimeType: string;
  bytes: Buffer;
}

/**
 * Where a chat lives (LOCAL-4: history survives restarts). Every method is synchronous and durable when
 * it returns; no method keeps a reference to what it was given or hands out what it keeps.
 */
export interface ChatStorage {
  /** The next number of a named sequence: 1, 2, 3 … A number is never given twice, also across restarts. */
  nextId(sequence: string): number;
  /** Inserts or replaces by (chatId, messageId). */
  putMessage(row: StoredMessage): void;
  getMessage(chatId: number, messageId: number): StoredMessage | undefined;
  /** The newest `limit` messages with an id below `before`, oldest first. */
  listMessages(chatId: number, query: { before?: number; limit: number }): StoredMessage[];
  /** False when there was no such message. */
  deleteMessage(chatId: number, messageId: number): boolean;
  /** Adds to the queue the bot reads with getUpdates. Keyed by `update_id`. */
  pushUpdate(update: Update): void;
  /** Queued updates with `update_id >= from`, ascending. */
  listUpdates(query: { from: number; limit: number }): Update[];
  /** Drops every queued update with `update_id < below`. */
  confirmUpdates(below: number): void;
  countUpdates(): number;
  putFile(file: StoredFile): void;
  getFile(fileId: string): StoredFile | undefined;
  /** Small durable values (sessions, webhook, allowed updates), text in, text out. */
  getValue(key: string): string | undefined;
  setValue(key: string, value: string): void;
  /** Runs `work` so that all of its writes become durable together or not at all. */
  transaction<T>(work: () => T): T;
}
