import { and, asc, desc, eq, gte, lt, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { localFiles, localMessages, localSequences, localUpdates, localValues } from './schema-chat.ts';

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
  return {
    nextId(sequence: string): number {
      const [row] = db
        .insert(localSequences)
        .values({ name: sequence, value: 1 })
        .onConflictDoUpdate({ target: localSequences.name, set: { value: sql`${localSequences.value} + 1` } })
        .returning()
        .all();
      return row?.value ?? 1;
    },
    putMessage(row: StoredMessage): void {
      const values = { ...row, forceReply: row.forceReply ?? null };
      const target = [localMessages.chatId, localMessages.messageId];
      db.insert(localMessages).values(values).onConflictDoUpdate({ target, set: values }).run();
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
    transaction: <T>(work: () => T): T => db.$client.transaction(work).immediate(),
  };
}
