import type { Message, Update } from '@grammyjs/types';
import { CAPTION, EDITED_TEXT, readFormattedText } from '../formatted-text.ts';
import { readMarkup } from '../keyboard.ts';
import type { ApiParams } from '../params.ts';
import { badRequest } from '../refusal.ts';
import type { StoredMessage } from '../storage.ts';
import type { ApiState, MethodHandlers } from './method.ts';

type Edited<T> = Update.Edited & T;
const DELETABLE_FOR_MS = 48 * 60 * 60 * 1000;

/** Changes to messages the bot has sent. */
export const editingMethods: MethodHandlers<
  | 'editMessageText'
  | 'editMessageCaption'
  | 'editMessageReplyMarkup'
  | 'deleteMessage'
  | 'pinChatMessage'
  | 'unpinChatMessage'
> = {
  editMessageText({ params }, state) {
    const row = requireEditable(params, state);
    const { text, entities } = readFormattedText(params, EDITED_TEXT, state.links);
    if (row.message.text === undefined) throw badRequest('there is no text in the message to edit');
    const keyboard = readMarkup(params, state.links).inline;
    return state.messages.edit(row, { text, entities, keyboard }).message as Edited<Message.TextMessage>;
  },

  editMessageCaption({ params }, state) {
    const row = requireEditable(params, state);
    const { text, entities } = readFormattedText(params, CAPTION, state.links);
    if (!row.message.document) throw badRequest('there is no caption in the message to edit');
    const keyboard = readMarkup(params, state.links).inline;
    const { message } = state.messages.edit(row, { caption: text, entities, keyboard });
    return message as Edited<Message.CaptionableMessage>;
  },

  editMessageReplyMarkup({ params }, state) {
    const row = requireEditable(params, state);
    const keyboard = readMarkup(params, state.links).inline;
    return state.messages.edit(row, { keyboard }).message as Edited<Message>;
  },

  deleteMessage({ params }, { directory, messages, me, now }) {
    const record = directory.requireWritable(params.integer('chat_id'));
    const row = messages.require(record.chat.id, params.integer('message_id'), 'delete');
    const own = row.message.from?.id === me.id;
    const tooOld = now() - row.message.date * 1000 > DELETABLE_FOR_MS;
    const mayDeleteOthers = record.chat.type === 'private' || record.bot === 'administrator';
    if (tooOld || !(own || mayDeleteOthers)) throw badRequest("message can't be deleted");
    messages.remove(row);
    return true;
  },

  pinChatMessage({ params }, { directory, messages, events }) {
    const record = directory.requireWritable(params.integer('chat_id'));
    const row = messages.require(record.chat.id, params.integer('message_id'), 'pin');
    if (record.chat.type !== 'private' && record.bot !== 'administrator') {
      throw badRequest('not enough rights to manage pinned messages in the chat');
    }
    record.pinnedMessageId = row.messageId;
    events.emit({ kind: 'pinned', chatId: row.chatId, messageId: row.messageId });
    return true;
  },

  unpinChatMessage({ params }, { directory, events }) {
    const record = directory.requireWritable(params.integer('chat_id'));
    delete record.pinnedMessageId;
    events.emit({ kind: 'pinned', chatId: record.chat.id, messageId: 0 });
    return true;
  },
};

/** The bot's own message, unless it forced a reply: Telegram lets nobody edit those. */
function requireEditable(params: ApiParams, { directory, messages, me }: ApiState): StoredMessage {
  const record = directory.requireWritable(params.integer('chat_id'));
  const row = messages.require(record.chat.id, params.integer('message_id'), 'edit');
  if (row.message.from?.id !== me.id || row.forceReply) throw badRequest("message can't be edited");
  return row;
}
