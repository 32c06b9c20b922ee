import type { Chat, User } from '@grammyjs/types';
import { badRequest, forbidden } from './refusal.ts';

/** How the bot stands in a chat. */
export type BotStanding = 'administrator' | 'member' | 'left' | 'kicked';

/** A topic of a forum. */
export interface Topic {
  id: number;
  name: string;
  closed: boolean;
  iconColor: number;
}

/** How a person stands in a group. */
export type MemberStatus = 'creator' | 'administrator' | 'member' | 'left' | 'kicked';

/** Everything the server knows about one chat; fields are changed in place by the test driver. */
export interface ChatRecord {
  chat: Chat;
  topics: Map<number, Topic>;
  members: Map<number, MemberStatus>;
  bot: BotStanding;
  /** The bot may create, rename, close and reopen topics. */
  canManageTopics: boolean;
  /** Private chats: the person blocked the bot. */
  blocked: boolean;
  /** Private chats: the person has written first. Bots cannot. */
  opened: boolean;
  /** The group became this supergroup. */
  migratedTo?: number;
  pinnedMessageId?: number;
}

/** Users and chats of one server, in memory: who they are is given at start, not learned. */
export interface ChatDirectory {
  addUser(user: User, options?: { opened?: boolean }): ChatRecord;
  addGroup(chat: Chat, options?: Partial<Pick<ChatRecord, 'bot' | 'canManageTopics'>>): ChatRecord;
  user(id: number): User | undefined;
  find(id: number): ChatRecord | undefined;
  /** The chat a call names. Throws 400 `chat_id is empty` or `chat not found`. */
  require(id: number | undefined): ChatRecord;
  /** As `require`, for calls that write: throws what Telegram answers when the bot may not. */
  requireWritable(id: number | undefined): ChatRecord;
  all(): ChatRecord[];
}

/** Creates an empty directory. */
export function createChatDirectory(): ChatDirectory {
  const users = new Map<number, User>();
  const chats = new Map<number, ChatRecord>();

  const add = (chat: Chat, fields: Partial<ChatRecord>): ChatRecord => {
    const record: ChatRecord = {
      chat,
      topics: new Map(),
      members: new Map(),
      bot: 'member',
      canManageTopics: false,
      blocked: false,
      opened: true,
      ...fields,
    };
    chats.set(chat.id, record);
    return record;
  };
  const require = (id: number | undefined): ChatRecord => {
    if (id === undefined) throw badRequest('chat_id is empty');
    const record = chats.get(id);
    if (!record) throw badRequest('chat not found');
    return record;
  };

  return {
    addUser(user, { opened = true } = {}) {
      users.set(user.id, user);
      const { id, first_name, last_name, username } = user;
      const chat: Chat = { id, type: 'private', first_name };
      if (last_name !== undefined) chat.last_name = last_name;
      if (username !== undefined) chat.username = username;
      return add(chat, { opened });
    },
    addGroup: (chat, options = {}) => add(chat, options),
    user: (id) => users.get(id),
    find: (id) => chats.get(id),
    require,
    requireWritable(id) {
      const record = require(id);
      assertWritable(record);
      return record;
    },
    all: () => [...chats.values()],
  };
}

function assertWritable({ chat, bot, blocked, opened, migratedTo }: ChatRecord): void {
  if (migratedTo !== undefined) {
    throw badRequest('group chat was upgraded to a supergroup chat', { migrate_to_chat_id: migratedTo });
  }
  if (blocked) throw forbidden('bot was blocked by the user');
  if (!opened) throw forbidden("bot can't initiate conversation with a user");
  if (bot === 'kicked') throw forbidden(`bot was kicked from the ${chat.type} chat`);
  if (bot === 'left') throw forbidden(`bot is not a member of the ${chat.type} chat`);
}

/**
 * The topic a message goes to. Undefined is the general topic, which has no thread id a bot could name.
 * Throws 400 `message thread not found` or `TOPIC_CLOSED`.
 */
export function requireTopic(record: ChatRecord, threadId: number | undefined): Topic | undefined {
  if (threadId === undefined) return undefined;
  const topic = record.topics.get(threadId);
  if (!topic) throw badRequest('message thread not found');
  if (topic.closed) throw badRequest('TOPIC_CLOSED');
  return topic;
}
