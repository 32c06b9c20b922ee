import { and, asc, desc, eq, gte, lt, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { broughtOf, placeholdersOf } from './placeholders.ts';
import { localFiles, localMessages, localSequences, localUpdates, localValues } from './schema-chat.ts';
import { createTogether } from './transactions.ts';

interface StoredMessage {
  chatId: number;
  messageId: number;
  message: unknown;
  silent: boolean;
  forceReply?: { placeholder?: string };
}

interface StoredFile {
  fileId: string;
  name: string;
  mimeType: string;
  bytes: Buffer;
}

const toMessage = ({ forceReply, ...row }: typeof localMessages.$inferSelect): StoredMessage => ({
  ...row,
  ...(forceReply === null ? {} : { forceReply }),
});

/** The local chat page's history (LOCAL-4). Messages and updates are the Bot API's own JSON. */
export function createLocalChatStorage(db: Db) {
  const next = db
    .insert(localSequences)
    .values({ name: sql.placeholder('name'), value: 1 })
    .onConflictDoUpdate({ target: localSequences.name, set: { value: sql`${localSequences.value} + 1` } })
    .returning()
    .prepare();
  const putMessage = db
    .insert(localMessages)
    .values({ ...placeholdersOf(localMessages), forceReply: sql`${sql.placeholder('forceReply')}` })
    .onConflictDoUpdate({
      target: [localMessages.chatId, localMessages.messageId],
      set: broughtOf(localMessages),
    })
    .prepare();
  return {
    nextId: (sequence: string): number => next.all({ name: sequence })[0]?.value ?? 1,
    putMessage({ forceReply, ...row }: StoredMessage): void {
      putMessage.run({ ...row, forceReply: forceReply ? JSON.stringify(forceReply) : null });
    },
    getMessage(chatId: number, messageId: number): StoredMessage | undefined {
      const which = and(eq(localMessages.chatId, chatId), eq(localMessages.messageId, messageId));
      return db.select().from(localMessages).where(which).all().map(toMessage)[0];
    },
    listMessages(chatId: number, { before, limit }: { before?: number; limit: number }): StoredMessage[] {
      const older = before === undefined ? undefined : lt(localMessages.messageId, before);
      return db
        .select()
        .from(localMessages)
        .where(and(eq(localMessages.chatId, chatId), older))
        .orderBy(desc(localMessages.messageId))
        .limit(limit)
        .all()
        .map(toMessage)
        .reverse();
    },
    deleteMessage(chatId: number, messageId: number): boolean {
      const which = and(eq(localMessages.chatId, chatId), eq(localMessages.messageId, messageId));
      return db.delete(localMessages).where(which).run().changes === 1;
    },
    pushUpdate(update: { update_id: number }): void {
      db.insert(localUpdates)
        .values({ updateId: update.update_id, body: update })
        .onConflictDoNothing()
        .run();
    },
    listUpdates({ from, limit }: { from: number; limit: number }): unknown[] {
      return db
        .select()
        .from(localUpdates)
        .where(gte(localUpdates.updateId, from))
        .orderBy(asc(localUpdates.updateId))
        .limit(limit)
        .all()
        .map(({ body }) => body);
    },
    confirmUpdates(below: number): void {
      db.delete(localUpdates).where(lt(localUpdates.updateId, below)).run();
    },
    countUpdates: (): number => db.select({ n: sql<number>`count(*)` }).from(localUpdates).all()[0]?.n ?? 0,
    putFile(file: StoredFile): void {
      db.insert(localFiles).values(file).onConflictDoUpdate({ target: localFiles.fileId, set: file }).run();
    },
    getFile: (fileId: string): StoredFile | undefined =>
      db.select().from(localFiles).where(eq(localFiles.fileId, fileId)).all()[0],
    getValue: (key: string): string | undefined =>
      db.select().from(localValues).where(eq(localValues.key, key)).all()[0]?.value,
    setValue(key: string, value: string): void {
      db.insert(localValues)
        .values({ key, value })
        .onConflictDoUpdate({ target: localValues.key, set: { value } })
        .run();
    },
    transaction: createTogether(db),
  };
}
