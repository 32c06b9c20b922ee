import type { InlineKeyboardButton, Message, Update, User } from '@grammyjs/types';
import { AppError } from '../../errors.ts';
import type { CallbackQueries } from './callback-queries.ts';
import type { ChatDirectory, ChatRecord } from './chat-directory.ts';
import { plainText } from './formatted-text.ts';
import type { MessageLog } from './message-log.ts';
import type { ChatStorage, StoredMessage } from './storage.ts';
import type { UpdateQueue } from './update-queue.ts';

/** Who acts, and where. `chatId` defaults to the person's private chat with the bot. */
export interface Actor {
  userId: number;
  chatId?: number | undefined;
  threadId?: number | undefined;
}

/** What people do in the chat; each deed becomes an update for the bot. */
export interface PersonSide {
  says(actor: Actor, text: string, options?: { replyToMessageId?: number | undefined }): StoredMessage;
  edits(actor: Actor, messageId: number, text: string): StoredMessage;
  /** Taps an inline button. Returns the id of the callback query; the answer comes as a chat event. */
  presses(actor: Actor, messageId: number, data: string): string;
  /** Taps with data no button of the message carries, as a forged client could. */
  forges(actor: Actor, messageId: number, data: string): string;
}

export interface PersonSideDeps {
  storage: ChatStorage;
  directory: ChatDirectory;
  messages: MessageLog;
  queries: CallbackQueries;
  updates: UpdateQueue;
}

const wrong = (message: string): AppError => new AppError('chat-action', message, { fault: 'user' });

/** All callback buttons of a message, row by row. */
export const callbackButtons = (message: Message): InlineKeyboardButton.CallbackButton[] =>
  (message.reply_markup?.inline_keyboard ?? []).flat().filter((button) => 'callback_data' in button);

/** Creates the person's side of the chat. Methods throw AppError `chat-action` for impossible deeds. */
export function createPersonSide(deps: PersonSideDeps): PersonSide {
  const { storage, directory, messages, queries, updates } = deps;

  const actorOf = ({ userId, chatId }: Actor): { user: User; record: ChatRecord } => {
    const user = directory.user(userId);
    const record = directory.find(chatId ?? userId);
    if (!user || !record) throw wrong('Expected a known user and chat.');
    return { user, record };
  };
  const requireMessage = (record: ChatRecord, messageId: number): StoredMessage => {
    const row = messages.get(record.chat.id, messageId);
    if (!row) throw wrong(`There is no message ${messageId} in this chat any more.`);
    return row;
  };
  const tap = (actor: Actor, messageId: number, data: string, forged: boolean): string => {
    const { user, record } = actorOf(actor);
    const row = requireMessage(record, messageId);
    if (!forged && !callbackButtons(row.message).some((button) => button.callback_data === data)) {
      throw wrong('This button is gone.');
    }
    const query = queries.open(user.id);
    const callback_query = {
      id: query.id,
      from: user,
      message: row.message,
      chat_instance: String(record.chat.id),
      data,
    };
    updates.push({ callback_query });
    return query.id;
  };

  return {
    says(actor, text, options = {}) {
      const { user, record } = actorOf(actor);
      const content = plainText(text);
      if (content.text === '') throw wrong('Expected some text.');
      record.opened = true;
      return storage.transaction(() => {
        const row = messages.add(record, {
          from: user,
          content: withEntities(content),
          threadId: actor.threadId,
          replyToMessageId: options.replyToMessageId,
        });
        updates.push({ message: row.message as NonNullable<Update['message']> });
        return row;
      });
    },
    edits(actor, messageId, text) {
      const { user, record } = actorOf(actor);
      const row = requireMessage(record, messageId);
      if (row.message.from?.id !== user.id) throw wrong('Only your own messages can be edited.');
      const content = plainText(text);
      return storage.transaction(() => {
        const edited = messages.edit(row, { text: content.text, entities: content.entities });
        updates.push({ edited_message: edited.message as NonNullable<Update['edited_message']> });
        return edited;
      });
    },
    presses: (actor, messageId, data) => tap(actor, messageId, data, false),
    forges: (actor, messageId, data) => tap(actor, messageId, data, true),
  };
}

function withEntities({ text, entities }: ReturnType<typeof plainText>): Partial<Message> {
  return entities.length > 0 ? { text, entities } : { text };
}
