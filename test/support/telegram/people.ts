import type { Chat, Message, Update, User } from '@grammyjs/types';
import type { ApiCore } from '../../../src/bot/local-chat/api-core.ts';
import type { BotStanding, ChatRecord } from '../../../src/bot/local-chat/chat-directory.ts';
import {
  answerOf,
  type ChatDriver,
  createChatDriver,
  type TapAnswer,
} from '../../../src/bot/local-chat/chat-driver.ts';
import { describeMember } from '../../../src/bot/local-chat/methods/chats.ts';

/** A person and their private chat with the bot. */
export interface Person extends ChatDriver {
  readonly id: number;
  readonly user: User;
  readonly chat: ChatRecord;
  /** The same person in a group, optionally in one topic of it. */
  in(group: Group, threadId?: number): ChatDriver & Pick<Person, 'forges'>;
  /** Taps with data no button carries; resolves with the bot's answer. */
  forges(messageId: number, data: string): Promise<TapAnswer>;
  /** Deletes a message by hand; the bot is not told, as in Telegram. */
  deletes(messageId: number): void;
  blocksBot(): void;
  unblocksBot(): void;
}

/** A group, supergroup or forum. */
export interface Group {
  readonly id: number;
  readonly record: ChatRecord;
  /** Messages of everybody, oldest first. */
  messages(): Message[];
  /** Changes how the bot stands; the bot hears of it as `my_chat_member`. */
  setsBot(standing: BotStanding, by: Person): void;
  /** A person leaves or is removed; the bot is not told. */
  loses(person: Person): void;
  /** Turns the group into a supergroup; the old id answers with `migrate_to_chat_id` from then on. */
  migrates(newId: number): Group;
  closesTopic(threadId: number): void;
  deletesTopic(threadId: number): void;
  deletes(messageId: number): void;
  /** A post in the name of the group (anonymous admin) or of a channel. */
  postsAnonymously(text: string, senderChat?: Chat): void;
}

export interface PersonOptions {
  id: number;
  name: string;
  username?: string;
  languageCode?: string;
  /** False: has never written to the bot, which therefore may not write first. Default true. */
  opened?: boolean;
}

export interface GroupOptions {
  id: number;
  title: string;
  type?: 'group' | 'supergroup';
  forum?: boolean;
  bot?: BotStanding;
  canManageTopics?: boolean;
}

/** Adds a person to the server. */
export function createPerson(core: ApiCore, options: PersonOptions): Person {
  const user: User = { id: options.id, is_bot: false, first_name: options.name };
  if (options.username) user.username = options.username;
  if (options.languageCode) user.language_code = options.languageCode;
  const chat = core.directory.addUser(user, { opened: options.opened ?? true });
  const act = (chatId: number, threadId?: number) => {
    const actor = { userId: user.id, chatId, threadId };
    const forges = (messageId: number, data: string) =>
      answerOf(core, () => core.person.forges(actor, messageId, data));
    return { ...createChatDriver(core, actor), forges };
  };
  const setBlocked = (blocked: boolean) => {
    const standing = (is: boolean): BotStanding => (is ? 'kicked' : 'member');
    const before = standing(chat.blocked);
    chat.blocked = blocked;
    pushStanding(core, chat, { by: user, before, after: standing(blocked) });
  };
  return {
    ...act(user.id),
    id: user.id,
    user,
    chat,
    in(group, threadId) {
      const { members } = group.record;
      if (!members.has(user.id)) members.set(user.id, 'member');
      return act(group.id, threadId);
    },
    deletes: (messageId) => deleteByHand(core, user.id, messageId),
    blocksBot: () => setBlocked(true),
    unblocksBot: () => setBlocked(false),
  };
}

/** Adds a group to the server. */
export function createGroup(core: ApiCore, options: GroupOptions): Group {
  const { id, title, forum = false } = options;
  const type = options.type ?? (forum ? 'supergroup' : 'group');
  const chat: Chat =
    type === 'supergroup'
      ? { id, title, type, ...(forum && { is_forum: true as const }) }
      : { id, title, type };
  const record = core.directory.addGroup(chat, {
    bot: options.bot ?? 'administrator',
    canManageTopics: options.canManageTopics ?? forum,
  });
  return describeGroup(core, record);
}

function describeGroup(core: ApiCore, record: ChatRecord): Group {
  const id = record.chat.id;
  return {
    id,
    record,
    messages: () => core.storage.listMessages(id, { limit: 10_000 }).map(({ message }) => message),
    setsBot(standing, by) {
      const before = record.bot;
      record.bot = standing;
      pushStanding(core, record, { by: by.user, before, after: standing });
    },
    loses: (person) => void record.members.set(person.id, 'left'),
    migrates(newId) {
      record.migratedTo = newId;
      const title = record.chat.title ?? '';
      const fresh = core.directory.addGroup({ id: newId, type: 'supergroup', title }, { bot: record.bot });
      core.updates.push({ message: serviceMessage(core, record, { migrate_to_chat_id: newId }) });
      core.updates.push({ message: serviceMessage(core, fresh, { migrate_from_chat_id: id }) });
      return describeGroup(core, fresh);
    },
    closesTopic(threadId) {
      const topic = record.topics.get(threadId);
      if (topic) topic.closed = true;
    },
    deletesTopic: (threadId) => void record.topics.delete(threadId),
    deletes: (messageId) => deleteByHand(core, id, messageId),
    postsAnonymously(text, senderChat = record.chat) {
      const from: User = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' };
      core.updates.push({
        message: { ...serviceMessage(core, record, { text, sender_chat: senderChat }), from },
      });
    },
  };
}

type IncomingMessage = NonNullable<Update['message']>;

function serviceMessage(core: ApiCore, record: ChatRecord, content: Partial<Message>): IncomingMessage {
  const message_id = core.storage.nextId(
    record.chat.type === 'supergroup' ? `message:${record.chat.id}` : 'message',
  );
  return { message_id, date: 0, chat: record.chat, from: core.me, ...content } as IncomingMessage;
}

function deleteByHand(core: ApiCore, chatId: number, messageId: number): void {
  core.storage.deleteMessage(chatId, messageId);
  core.events.emit({ kind: 'deleted', chatId, messageId });
}

function pushStanding(
  core: ApiCore,
  record: ChatRecord,
  { by, before, after }: { by: User; before: BotStanding; after: BotStanding },
): void {
  core.updates.push({
    my_chat_member: {
      chat: record.chat,
      from: by,
      date: 0,
      old_chat_member: describeMember(core.me, before, record),
      new_chat_member: describeMember(core.me, after, record),
    },
  });
}
