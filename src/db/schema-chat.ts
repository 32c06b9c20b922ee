import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Sound } from '../pipeline/effects.ts';
import type { ChatRole } from '../pipeline/events.ts';
import type { Stage } from '../pipeline/stages.ts';

/* Rows of the chat: who may, what was asked, what was shown (chat.md). */

const json = <T>(name: string) => text(name, { mode: 'json' }).$type<T>();
const flag = (name: string) => integer(name, { mode: 'boolean' });

/** What a button, prompt or message is about (CB-1). */
const binding = () => ({
  task: integer(),
  stage: text().$type<Stage>(),
  attempt: integer(),
  sha: text(),
});

export const users = sqliteTable('users', {
  id: integer().primaryKey(),
  name: text().notNull(),
  role: text().$type<ChatRole>().notNull(),
  projects: json<readonly string[]>('projects').notNull(),
  tz: text(),
  quietHours: text('quiet_hours'),
  createdBy: text('created_by').notNull(),
  createdAt: integer('created_at').notNull(),
});

export const pairings = sqliteTable('pairings', {
  hash: text().primaryKey(),
  role: text().$type<ChatRole>().notNull(),
  projects: json<readonly string[]>('projects').notNull(),
  createdBy: text('created_by').notNull(),
  expiresAt: integer('expires_at').notNull(),
});

export const chats = sqliteTable('chats', {
  chat: text().primaryKey(),
  kind: text().$type<'private' | 'group'>().notNull(),
  title: text().notNull(),
  projects: json<readonly string[]>('projects'),
  lang: text().$type<'en' | 'ru'>(),
  reachable: flag('reachable').notNull(),
  threads: json<Readonly<Record<string, number>>>('threads').notNull(),
  forum: flag('forum').notNull(),
  digest: text(),
});

export const callbacks = sqliteTable(
  'callbacks',
  {
    nonce: text().primaryKey(),
    action: text().notNull(),
    ...binding(),
    payload: text(),
    minRole: text('min_role').$type<ChatRole>().notNull(),
    user: integer('user_id'),
    chat: text().notNull(),
    message: integer(),
    issuedAt: integer('issued_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedAt: integer('used_at'),
    usedBy: integer('used_by'),
    supersededAt: integer('superseded_at'),
  },
  (t) => [index('callbacks_task').on(t.task, t.chat).where(sql`used_at is null and superseded_at is null`)],
);

export const cards = sqliteTable(
  'cards',
  {
    task: integer().notNull(),
    chat: text().notNull(),
    thread: integer(),
    message: integer(),
    desiredVersion: integer('desired_version').notNull(),
    desiredHash: text('desired_hash'),
    shownVersion: integer('shown_version').notNull(),
    shownHash: text('shown_hash'),
    buttonsHash: text('buttons_hash'),
    keyboard: text(),
    state: text().$type<'live' | 'final' | 'lost'>().notNull(),
    dueSince: integer('due_since'),
  },
  (t) => [
    primaryKey({ columns: [t.task, t.chat] }),
    index('cards_lost').on(t.task).where(sql`state = 'lost'`),
    index('cards_unshown').on(t.task).where(sql`desired_hash is not null and desired_hash is not shown_hash`),
  ],
);

export const sentMessages = sqliteTable(
  'sent_messages',
  { chat: text().notNull(), message: integer().notNull(), ...binding(), waiting: text().notNull() },
  (t) => [primaryKey({ columns: [t.chat, t.message] })],
);

export const prompts = sqliteTable(
  'prompts',
  {
    chat: text().notNull(),
    user: integer('user_id').notNull(),
    message: integer().notNull(),
    ...binding(),
    action: text().notNull(),
    payload: text(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.chat, t.user] })],
);

export const drafts = sqliteTable(
  'drafts',
  {
    id: text().primaryKey(),
    chat: text().notNull(),
    user: integer('user_id').notNull(),
    source: integer().notNull(),
    message: integer(),
    repo: text(),
    text: text().notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedAt: integer('used_at'),
  },
  (t) => [index('drafts_source').on(t.chat, t.source)],
);

export const pings = sqliteTable(
  'pings',
  {
    cause: text().notNull(),
    chat: text().notNull(),
    task: integer(),
    seq: integer().notNull(),
    ping: text().notNull(),
    sound: text().$type<Sound>().notNull(),
    params: json<Readonly<Record<string, string | number | boolean | null>>>('params').notNull(),
    stage: text().$type<Stage>(),
    attempt: integer(),
    waiting: text(),
    createdAt: integer('created_at').notNull(),
    sentAt: integer('sent_at'),
    message: integer(),
    droppedAt: integer('dropped_at'),
  },
  (t) => [
    primaryKey({ columns: [t.cause, t.chat] }),
    index('pings_pending').on(t.chat, t.seq).where(sql`sent_at is null and dropped_at is null`),
  ],
);

export const mutes = sqliteTable(
  'mutes',
  {
    user: integer('user_id').notNull(),
    chat: text().notNull(),
    scope: text().notNull(),
    until: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.user, t.chat, t.scope] })],
);

/** Append-only (AUD-1). */
export const audit = sqliteTable(
  'audit',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    at: integer().notNull(),
    user: integer('user_id'),
    name: text().notNull(),
    role: text().$type<ChatRole>(),
    chat: text().notNull(),
    message: integer(),
    command: text().notNull(),
    ...binding(),
    result: text().notNull(),
    reason: text().notNull(),
  },
  (t) => [index('audit_user').on(t.user, t.id), index('audit_at').on(t.at)],
);

export const chatInbox = sqliteTable(
  'chat_inbox',
  {
    key: text().primaryKey(),
    body: text().notNull(),
    receivedAt: integer('received_at').notNull(),
    handledAt: integer('handled_at'),
  },
  (t) => [index('chat_inbox_unhandled').on(t.receivedAt).where(sql`handled_at is null`)],
);

export const memos = sqliteTable('memos', { key: text().primaryKey(), value: text().notNull() });

/* The local chat page (LOCAL-4). */

export const localMessages = sqliteTable(
  'local_messages',
  {
    chatId: integer('chat_id').notNull(),
    messageId: integer('message_id').notNull(),
    message: json<unknown>('message').notNull(),
    silent: flag('silent').notNull(),
    forceReply: json<{ placeholder?: string }>('force_reply'),
  },
  (t) => [primaryKey({ columns: [t.chatId, t.messageId] })],
);

export const localUpdates = sqliteTable('local_updates', {
  updateId: integer('update_id').primaryKey(),
  body: json<unknown>('body').notNull(),
});

export const localFiles = sqliteTable('local_files', {
  fileId: text('file_id').primaryKey(),
  name: text().notNull(),
  mimeType: text('mime_type').notNull(),
  bytes: blob({ mode: 'buffer' }).notNull(),
});

export const localValues = sqliteTable('local_values', { key: text().primaryKey(), value: text().notNull() });

export const localSequences = sqliteTable('local_sequences', {
  name: text().primaryKey(),
  value: integer().notNull(),
});
