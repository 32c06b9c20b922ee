import { and, asc, count, desc, eq, gte, isNotNull, isNull, lt, ne, or, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { broughtOf, isListed, placeholdersOf, settingOf } from './placeholders.ts';
import * as t from './schema-chat.ts';
import { createTogether } from './transactions.ts';

type User = typeof t.users.$inferSelect;
type Pairing = typeof t.pairings.$inferSelect;
type Chat = typeof t.chats.$inferSelect;
type Callback = typeof t.callbacks.$inferSelect;
type Card = typeof t.cards.$inferSelect;
type Sent = typeof t.sentMessages.$inferSelect;
type Prompt = typeof t.prompts.$inferSelect;
type Draft = typeof t.drafts.$inferSelect;
type Ping = typeof t.pings.$inferSelect;
type Mute = typeof t.mutes.$inferSelect;
type Audit = Omit<typeof t.audit.$inferSelect, 'id'>;

const unused = and(isNull(t.callbacks.usedAt), isNull(t.callbacks.supersededAt));
const { placeholder } = sql;
const pending = and(isNull(t.pings.sentAt), isNull(t.pings.droppedAt));

/** People, chats and how they are reached. */
function people(db: Db) {
  const chat = db
    .select()
    .from(t.chats)
    .where(eq(t.chats.chat, placeholder('id')))
    .prepare();
  const chats = db.select().from(t.chats).orderBy(asc(t.chats.chat)).prepare();
  return {
    user: (id: number): User | null => db.select().from(t.users).where(eq(t.users.id, id)).all()[0] ?? null,
    users: (): User[] => db.select().from(t.users).orderBy(asc(t.users.createdAt)).all(),
    putUser(user: User): void {
      db.insert(t.users).values(user).onConflictDoUpdate({ target: t.users.id, set: user }).run();
    },
    removeUser(id: number): void {
      db.delete(t.users).where(eq(t.users.id, id)).run();
    },
    putPairing(code: Pairing): void {
      db.insert(t.pairings).values(code).onConflictDoUpdate({ target: t.pairings.hash, set: code }).run();
    },
    takePairing(hash: string, at: number): Pairing | null {
      const [code] = db.delete(t.pairings).where(eq(t.pairings.hash, hash)).returning().all();
      return code && code.expiresAt > at ? code : null;
    },
    chat: (id: string): Chat | null => chat.all({ id })[0] ?? null,
    chats: (): Chat[] => chats.all(),
    putChat(row: Chat): void {
      db.insert(t.chats).values(row).onConflictDoUpdate({ target: t.chats.chat, set: row }).run();
    },
    removeChat(id: string): void {
      db.delete(t.chats).where(eq(t.chats.chat, id)).run();
    },
    migrateChat(from: string, to: string): void {
      db.$client.transaction(() => {
        for (const table of [
          t.chats,
          t.callbacks,
          t.cards,
          t.sentMessages,
          t.prompts,
          t.drafts,
          t.pings,
          t.mutes,
        ]) {
          db.update(table).set({ chat: to }).where(eq(table.chat, from)).run();
        }
      })();
    },
    lostPings({ chat, since, keptMs }: { chat: string; since: number; keptMs: number }): number {
      const { droppedAt, createdAt, sentAt } = t.pings;
      const late = sql`${droppedAt} - ${createdAt} >= ${keptMs}`;
      const which = and(eq(t.pings.chat, chat), isNull(sentAt), gte(droppedAt, since), late);
      return db.select({ n: count() }).from(t.pings).where(which).all()[0]?.n ?? 0;
    },
    putMute(row: Mute): void {
      const target = [t.mutes.user, t.mutes.chat, t.mutes.scope];
      db.insert(t.mutes).values(row).onConflictDoUpdate({ target, set: row }).run();
    },
    removeMute({ user, chat, scope }: Omit<Mute, 'until'>): void {
      db.delete(t.mutes)
        .where(and(eq(t.mutes.user, user), eq(t.mutes.chat, chat), eq(t.mutes.scope, scope)))
        .run();
    },
    mutes: (): Mute[] => db.select().from(t.mutes).all(),
  };
}

/** What was asked: buttons, prompts, drafts (CB-1, RPL-6, CMD-13). */
function questions(db: Db) {
  const { callbacks } = t;
  const put = db.insert(callbacks).values(placeholdersOf(callbacks)).prepare();
  const place = db
    .update(callbacks)
    .set(settingOf(callbacks, 'message'))
    .where(isListed(callbacks.nonce, 'nonces'))
    .prepare();
  const another = or(
    ne(callbacks.stage, placeholder('stage')),
    ne(callbacks.attempt, placeholder('attempt')),
  );
  const supersede = db
    .update(callbacks)
    .set(settingOf(callbacks, 'supersededAt'))
    .where(
      and(eq(callbacks.task, placeholder('task')), eq(callbacks.chat, placeholder('chat')), unused, another),
    )
    .prepare();
  return {
    putCallback: (row: Callback): void => void put.run(row),
    callback: (nonce: string): Callback | null =>
      db.select().from(t.callbacks).where(eq(t.callbacks.nonce, nonce)).all()[0] ?? null,
    useCallback(nonce: string, { user, at }: { user: number; at: number }): boolean {
      const free = and(eq(t.callbacks.nonce, nonce), isNull(t.callbacks.usedAt));
      return db.update(t.callbacks).set({ usedAt: at, usedBy: user }).where(free).run().changes === 1;
    },
    placeCallbacks(nonces: readonly string[], message: number): void {
      if (nonces.length > 0) place.run({ nonces: JSON.stringify(nonces), message });
    },
    supersedeCallbacks({
      at,
      ...of
    }: {
      task: number;
      chat: string;
      stage: NonNullable<Callback['stage']>;
      attempt: number;
      at: number;
    }): void {
      supersede.run({ ...of, supersededAt: at });
    },
    voidCallbacksOf(user: number, at: number): void {
      db.update(t.callbacks)
        .set({ supersededAt: at })
        .where(and(eq(t.callbacks.user, user), unused))
        .run();
    },
    prompt: (chat: string, user: number): Prompt | null =>
      db
        .select()
        .from(t.prompts)
        .where(and(eq(t.prompts.chat, chat), eq(t.prompts.user, user)))
        .all()[0] ?? null,
    putPrompt(row: Prompt): void {
      db.insert(t.prompts)
        .values(row)
        .onConflictDoUpdate({ target: [t.prompts.chat, t.prompts.user], set: row })
        .run();
    },
    dropPrompt(chat: string, user: number): void {
      db.delete(t.prompts)
        .where(and(eq(t.prompts.chat, chat), eq(t.prompts.user, user)))
        .run();
    },
    putDraft(row: Draft): void {
      db.insert(t.drafts).values(row).onConflictDoUpdate({ target: t.drafts.id, set: row }).run();
    },
    draft: (id: string): Draft | null =>
      db.select().from(t.drafts).where(eq(t.drafts.id, id)).all()[0] ?? null,
    draftBySource: (chat: string, source: number): Draft | null =>
      db
        .select()
        .from(t.drafts)
        .where(and(eq(t.drafts.chat, chat), eq(t.drafts.source, source)))
        .all()[0] ?? null,
    useDraft(id: string, at: number): boolean {
      const free = and(eq(t.drafts.id, id), isNull(t.drafts.usedAt));
      return db.update(t.drafts).set({ usedAt: at }).where(free).run().changes === 1;
    },
  };
}

/** What was shown: cards, messages, pings (CARD-1, PING-1). */
function shown(db: Db) {
  const { cards, sentMessages, pings } = t;
  const cardsOf = db
    .select()
    .from(cards)
    .where(eq(cards.task, placeholder('task')))
    .prepare();
  const card = db
    .select()
    .from(cards)
    .where(and(eq(cards.task, placeholder('task')), eq(cards.chat, placeholder('chat'))))
    .prepare();
  const putCard = db
    .insert(cards)
    .values(placeholdersOf(cards))
    .onConflictDoUpdate({ target: [cards.task, cards.chat], set: broughtOf(cards) })
    .prepare();
  const putMessage = db
    .insert(sentMessages)
    .values(placeholdersOf(sentMessages))
    .onConflictDoUpdate({
      target: [sentMessages.chat, sentMessages.message],
      set: broughtOf(sentMessages),
    })
    .prepare();
  const message = db
    .select()
    .from(sentMessages)
    .where(and(eq(sentMessages.chat, placeholder('chat')), eq(sentMessages.message, placeholder('message'))))
    .prepare();
  const ping = db
    .select()
    .from(pings)
    .where(and(eq(pings.cause, placeholder('cause')), eq(pings.chat, placeholder('chat'))))
    .prepare();
  const putPing = db
    .insert(pings)
    .values(placeholdersOf(pings))
    .onConflictDoUpdate({ target: [pings.cause, pings.chat], set: broughtOf(pings) })
    .prepare();
  const pendingPings = db.select().from(pings).where(pending).orderBy(asc(pings.seq)).prepare();
  const pendingIn = db
    .select()
    .from(pings)
    .where(and(pending, eq(pings.chat, placeholder('chat'))))
    .orderBy(asc(pings.seq))
    .prepare();
  return {
    card: (task: number, chat: string): Card | null => card.all({ task, chat })[0] ?? null,
    cardsOf: (task: number): Card[] => cardsOf.all({ task }),
    unshownCards: (): Card[] =>
      db
        .select()
        .from(t.cards)
        .where(and(isNotNull(t.cards.desiredHash), sql`${t.cards.desiredHash} is not ${t.cards.shownHash}`))
        .all(),
    putCard: (row: Card): void => void putCard.run(row),
    putMessage: (row: Sent): void => void putMessage.run(row),
    message: (chat: string, id: number): Sent | null => message.all({ chat, message: id })[0] ?? null,
    ping: (cause: string, chat: string): Ping | null => ping.all({ cause, chat })[0] ?? null,
    putPing: (row: Ping): void => void putPing.run(row),
    pendingPings: (chat: string | null): Ping[] =>
      chat === null ? pendingPings.all() : pendingIn.all({ chat }),
  };
}

/** What happened: audit, inbox, small values (AUD-1, CHAT-14). */
function records(db: Db) {
  const memo = db
    .select()
    .from(t.memos)
    .where(eq(t.memos.key, placeholder('key')))
    .prepare();
  return {
    audit(row: Audit): void {
      db.insert(t.audit).values(row).run();
    },
    pruneAudit: (before: number): number => db.delete(t.audit).where(lt(t.audit.at, before)).run().changes,
    auditOf({ user, command, limit }: { user?: number; command?: string; limit: number }): Audit[] {
      const which = and(
        user === undefined ? undefined : eq(t.audit.user, user),
        command === undefined ? undefined : eq(t.audit.command, command),
      );
      return db.select().from(t.audit).where(which).orderBy(desc(t.audit.id)).limit(limit).all();
    },
    receive(row: { key: string; body: string; receivedAt: number }): boolean {
      return db.insert(t.chatInbox).values(row).onConflictDoNothing().run().changes === 1;
    },
    handled(key: string, at: number): void {
      db.update(t.chatInbox).set({ handledAt: at }).where(eq(t.chatInbox.key, key)).run();
    },
    pruneSpent(before: number): number {
      const updates = db.delete(t.chatInbox).where(lt(t.chatInbox.handledAt, before)).run().changes;
      return updates + db.delete(t.callbacks).where(lt(t.callbacks.expiresAt, before)).run().changes;
    },
    unhandled: () =>
      db
        .select({ key: t.chatInbox.key, body: t.chatInbox.body, receivedAt: t.chatInbox.receivedAt })
        .from(t.chatInbox)
        .where(isNull(t.chatInbox.handledAt))
        .orderBy(asc(sql`rowid`))
        .all(),
    lostCards: (): number => db.select().from(t.cards).where(sql`${t.cards.state} = 'lost'`).all().length,
    dropMemo: (key: string): void => void db.delete(t.memos).where(eq(t.memos.key, key)).run(),
    memo: (key: string): string | null => memo.all({ key })[0]?.value ?? null,
    putMemo(key: string, value: string): void {
      db.insert(t.memos)
        .values({ key, value })
        .onConflictDoUpdate({ target: t.memos.key, set: { value } })
        .run();
    },
  };
}

/** The chat's rows over SQLite; every call is synchronous, transactions may nest (CB-5). */
export function createChatStore(db: Db) {
  return {
    transaction: createTogether(db),
    ...people(db),
    ...questions(db),
    ...shown(db),
    ...records(db),
  };
}
