import type { Message, Update } from '@grammyjs/types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChatStorage, StoredMessage } from '../../src/bot/local-chat/storage.ts';

export interface ChatStorageUnderTest {
  storage: ChatStorage;
  close(): void;
}

const CHAT = { id: 7, type: 'private', first_name: 'You' } as const;
const row = (messageId: number, text = `m${messageId}`): StoredMessage => ({
  chatId: CHAT.id,
  messageId,
  message: { message_id: messageId, date: 1, chat: CHAT, text } as Message,
  silent: messageId % 2 === 0,
});
const update = (update_id: number): Update => ({ update_id });

/** What the local chat expects of the place its history lives in (LOCAL-4). */
export function chatStorageContract(name: string, create: () => ChatStorageUnderTest): void {
  describe(`chat storage contract: ${name}`, () => {
    let world: ChatStorageUnderTest;
    beforeEach(() => {
      world = create();
    });
    afterEach(() => world.close());

    test('a sequence counts from one and knows no other', () => {
      const { storage } = world;
      expect([storage.nextId('a'), storage.nextId('a'), storage.nextId('b')]).toEqual([1, 2, 1]);
    });

    test('a message comes back as it was put, and a second put replaces it', () => {
      const { storage } = world;
      const asked = { ...row(3), forceReply: { placeholder: 'Reason' } };
      storage.putMessage(asked);
      expect(storage.getMessage(7, 3)).toEqual(asked);
      storage.putMessage(row(3, 'again'));
      expect(storage.getMessage(7, 3)).toEqual(row(3, 'again'));
      expect(storage.getMessage(8, 3)).toBeUndefined();
    });

    test('the newest messages below an id are listed oldest first', () => {
      const { storage } = world;
      for (const id of [1, 2, 3, 4, 5]) storage.putMessage(row(id));
      const ids = (query: { before?: number; limit: number }) =>
        storage.listMessages(7, query).map(({ messageId }) => messageId);
      expect(ids({ limit: 2 })).toEqual([4, 5]);
      expect(ids({ before: 4, limit: 2 })).toEqual([2, 3]);
      expect(ids({ before: 1, limit: 2 })).toEqual([]);
    });

    test('a message is deleted once', () => {
      const { storage } = world;
      storage.putMessage(row(1));
      expect([storage.deleteMessage(7, 1), storage.deleteMessage(7, 1)]).toEqual([true, false]);
      expect(storage.getMessage(7, 1)).toBeUndefined();
    });

    test('queued updates leave only by confirmation', () => {
      const { storage } = world;
      for (const id of [5, 6, 7]) storage.pushUpdate(update(id));
      expect(storage.listUpdates({ from: 6, limit: 10 })).toEqual([update(6), update(7)]);
      expect(storage.listUpdates({ from: 0, limit: 1 })).toEqual([update(5)]);
      storage.confirmUpdates(7);
      expect(storage.countUpdates()).toBe(1);
      expect(storage.listUpdates({ from: 0, limit: Number.MAX_SAFE_INTEGER })).toEqual([update(7)]);
      storage.confirmUpdates(Number.MAX_SAFE_INTEGER);
      expect(storage.countUpdates()).toBe(0);
    });

    test('files and values come back; what was never put is undefined', () => {
      const { storage } = world;
      const file = {
        fileId: 'doc-1',
        name: 'a.log',
        mimeType: 'text/plain',
        bytes: Buffer.from([0, 1, 255]),
      };
      storage.putFile(file);
      const found = storage.getFile('doc-1');
      expect(found && { ...found, bytes: Buffer.from(found.bytes) }).toEqual(file);
      storage.setValue('k', 'one');
      storage.setValue('k', 'two');
      expect([storage.getValue('k'), storage.getValue('x'), storage.getFile('x')]).toEqual([
        'two',
        undefined,
        undefined,
      ]);
    });

    test('a transaction returns what its work returned', () => {
      const { storage } = world;
      expect(storage.transaction(() => storage.nextId('a'))).toBe(1);
    });
  });
}
