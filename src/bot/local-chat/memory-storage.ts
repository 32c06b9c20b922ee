import type { Update } from '@grammyjs/types';
import type { ChatStorage, StoredFile, StoredMessage } from './storage.ts';

const keyOf = (chatId: number, messageId: number): string => `${chatId}/${messageId}`;

/** A ChatStorage that lives as long as the process: for tests and throw-away chats. */
export function createMemoryChatStorage(): ChatStorage {
  const sequences = new Map<string, number>();
  const messages = new Map<string, StoredMessage>();
  const updates = new Map<number, Update>();
  const files = new Map<string, StoredFile>();
  const values = new Map<string, string>();
  return {
    nextId(sequence) {
      const next = (sequences.get(sequence) ?? 0) + 1;
      sequences.set(sequence, next);
      return next;
    },
    putMessage: (row) => void messages.set(keyOf(row.chatId, row.messageId), structuredClone(row)),
    getMessage: (chatId, messageId) => structuredClone(messages.get(keyOf(chatId, messageId))),
    listMessages: (chatId, { before = Number.POSITIVE_INFINITY, limit }) =>
      [...messages.values()]
        .filter((row) => row.chatId === chatId && row.messageId < before)
        .sort((a, b) => a.messageId - b.messageId)
        .slice(-limit)
        .map((row) => structuredClone(row)),
    deleteMessage: (chatId, messageId) => messages.delete(keyOf(chatId, messageId)),
    pushUpdate: (update) => void updates.set(update.update_id, structuredClone(update)),
    listUpdates: ({ from, limit }) =>
      [...updates.values()]
        .filter((update) => update.update_id >= from)
        .sort((a, b) => a.update_id - b.update_id)
        .slice(0, limit)
        .map((update) => structuredClone(update)),
    confirmUpdates(below) {
      for (const id of [...updates.keys()]) if (id < below) updates.delete(id);
    },
    countUpdates: () => updates.size,
    putFile: (file) => void files.set(file.fileId, file),
    getFile: (fileId) => files.get(fileId),
    getValue: (key) => values.get(key),
    setValue: (key, value) => void values.set(key, value),
    transaction: (work) => work(),
  };
}
