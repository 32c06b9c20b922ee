import type { InlineKeyboardMarkup, Message, MessageEntity, User } from '@grammyjs/types';
import type { ChatRecord } from './chat-directory.ts';
import type { ChatEvents } from './chat-events.ts';
import { badRequest } from './refusal.ts';
import type { ChatStorage, StoredMessage } from './storage.ts';

/** What a new message consists of besides its place and time. */
export interface MessageDraft {
  from: User;
  content: Partial<Message>;
  threadId?: number | undefined;
  replyToMessageId?: number | undefined;
  silent?: boolean;
  forceReply?: { placeholder?: string } | undefined;
}

/** What an edit replaces; a field left out keeps its value, `undefined` removes it. */
export interface MessageChange {
  text?: string;
  caption?: string;
  entities?: MessageEntity[];
  keyboard?: InlineKeyboardMarkup | undefined;
}

/** Messages of all chats: ids, persistence and the events a reader sees. */
export interface MessageLog {
  add(record: ChatRecord, draft: MessageDraft): StoredMessage;
  /** Applies an edit. Throws 400 `message is not modified` when it changes nothing. */
  edit(row: StoredMessage, change: MessageChange): StoredMessage;
  /** The message a call names, or 400 `message to {verb} not found`. */
  require(chatId: number, messageId: number | undefined, verb: 'edit' | 'delete' | 'pin'): StoredMessage;
  get(chatId: number, messageId: number): StoredMessage | undefined;
  remove(row: StoredMessage): void;
}

export interface MessageLogDeps {
  storage: ChatStorage;
  events: ChatEvents;
  now: () => number;
}

const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same as a ' +
  'current content and reply markup of the message';

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Supergroups count their messages themselves; private chats and groups share one sequence, as in Telegram. */
const sequenceOf = ({ chat }: ChatRecord): string =>
  chat.type === 'supergroup' ? `message:${chat.id}` : 'message';

/** Creates the log over its storage. */
export function createMessageLog({ storage, events, now }: MessageLogDeps): MessageLog {
  const get = (chatId: number, messageId: number) => storage.getMessage(chatId, messageId);

  const compose = (record: ChatRecord, draft: MessageDraft): Message => {
    const message = {
      message_id: storage.nextId(sequenceOf(record)),
      from: draft.from,
      chat: record.chat,
      date: seconds(now()),
      ...draft.content,
    } as Message;
    if (draft.threadId !== undefined)
      Object.assign(message, { message_thread_id: draft.threadId, is_topic_message: true });
    const repliedTo =
      draft.replyToMessageId === undefined ? undefined : get(record.chat.id, draft.replyToMessageId);
    if (repliedTo)
      message.reply_to_message = withoutReply(repliedTo.message) as NonNullable<Message['reply_to_message']>;
    return message;
  };

  return {
    add(record, draft) {
      const message = compose(record, draft);
      const row: StoredMessage = {
        chatId: record.chat.id,
        messageId: message.message_id,
        message,
        silent: draft.silent ?? false,
        ...(draft.forceReply && { forceReply: draft.forceReply }),
      };
      storage.putMessage(row);
      events.emit({ kind: 'message', row });
      return row;
    },
    edit(row, change) {
      const message = changed(row.message, change);
      if (sameContent(row.message, message)) throw badRequest(NOT_MODIFIED);
      message.edit_date = seconds(now());
      const edited = { ...row, message };
      storage.putMessage(edited);
      events.emit({ kind: 'edited', row: edited });
      return edited;
    },
    require(chatId, messageId, verb) {
      if (messageId === undefined) throw badRequest('message identifier is not specified');
      const row = get(chatId, messageId);
      if (!row) throw badRequest(`message to ${verb} not found`);
      return row;
    },
    get,
    remove(row) {
      storage.deleteMessage(row.chatId, row.messageId);
      events.emit({ kind: 'deleted', chatId: row.chatId, messageId: row.messageId });
    },
  };
}

/** Telegram nests one level of replies only. */
function withoutReply(message: Message): Message {
  const { reply_to_message: _, ...rest } = message;
  return rest as Message;
}

function changed(message: Message, change: MessageChange): Message {
  const next: Message = { ...message };
  if (change.text !== undefined) setContent(next, 'text', change.text, change.entities);
  if (change.caption !== undefined) setContent(next, 'caption', change.caption, change.entities);
  if ('keyboard' in change) {
    if (change.keyboard) next.reply_markup = change.keyboard;
    else delete next.reply_markup;
  }
  return next;
}

function setContent(
  message: Message,
  field: 'text' | 'caption',
  text: string,
  entities: MessageEntity[] | undefined,
): void {
  message[field] = text;
  const list = field === 'text' ? 'entities' : 'caption_entities';
  if (entities && entities.length > 0) message[list] = entities;
  else delete message[list];
}

const contentOf = (message: Message): string =>
  JSON.stringify([
    message.text,
    message.caption,
    message.entities ?? message.caption_entities,
    message.reply_markup,
  ]);
const sameContent = (a: Message, b: Message): boolean => contentOf(a) === contentOf(b);
