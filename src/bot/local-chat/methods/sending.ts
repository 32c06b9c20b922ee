import { randomUUID } from 'node:crypto';
import type { Message } from '@grammyjs/types';
import { type ChatRecord, requireTopic } from '../chat-directory.ts';
import { CAPTION, MESSAGE_TEXT, readFormattedText } from '../formatted-text.ts';
import type { FormattedText } from '../html-entities.ts';
import { readMarkup } from '../keyboard.ts';
import type { ApiParams } from '../params.ts';
import { badRequest } from '../refusal.ts';
import type { ApiState, MethodHandlers } from './method.ts';

/** Bots may upload up to 50 MB. */
const MAX_DOCUMENT_BYTES = 50 * 1024 * 1024;

/** New messages of the bot. */
export const sendingMethods: MethodHandlers<'sendMessage' | 'sendDocument' | 'sendChatAction'> = {
  sendMessage({ params }, state) {
    const record = state.directory.requireWritable(params.integer('chat_id'));
    const { text, entities } = readFormattedText(params, MESSAGE_TEXT, state.links);
    const content: Partial<Message> = entities.length > 0 ? { text, entities } : { text };
    return post(params, state, record, content) as Message.TextMessage;
  },

  sendDocument({ params }, state) {
    const record = state.directory.requireWritable(params.integer('chat_id'));
    const caption = readFormattedText(params, CAPTION, state.links);
    const content: Partial<Message> = { document: keepDocument(params, state), ...captionFields(caption) };
    return post(params, state, record, content) as Message.DocumentMessage;
  },

  sendChatAction({ params }, { directory, events }) {
    const record = directory.requireWritable(params.integer('chat_id'));
    const action = params.text('action');
    if (!/^[a-z_]+$/.test(action)) throw badRequest('wrong parameter action in request');
    requireTopic(record, params.integer('message_thread_id'));
    events.emit({ kind: 'action', chatId: record.chat.id, action });
    return true;
  },
};

function captionFields({ text, entities }: FormattedText): Partial<Message> {
  if (text === '') return {};
  return entities.length > 0 ? { caption: text, caption_entities: entities } : { caption: text };
}

/** Stores an uploaded file, or finds one sent before by its file id. */
function keepDocument(params: ApiParams, { storage }: ApiState): Message.DocumentMessage['document'] {
  const upload = params.file('document');
  const known = upload ? undefined : storage.getFile(params.text('document'));
  if (!upload && !known) {
    throw badRequest(
      params.has('document')
        ? 'wrong file identifier/HTTP URL specified'
        : 'there is no document in the request',
    );
  }
  if (upload && upload.bytes.length === 0) throw badRequest('file must be non-empty');
  if (upload && upload.bytes.length > MAX_DOCUMENT_BYTES) throw badRequest('file is too big');
  const file = known ?? { fileId: `doc-${randomUUID()}`, ...(upload as NonNullable<typeof upload>) };
  if (!known) storage.putFile(file);
  return {
    file_id: file.fileId,
    file_unique_id: file.fileId,
    file_name: file.name,
    mime_type: file.mimeType,
    file_size: file.bytes.length,
  };
}

function post(params: ApiParams, state: ApiState, record: ChatRecord, content: Partial<Message>): Message {
  const markup = readMarkup(params, state.links);
  const topic = requireTopic(record, params.integer('message_thread_id'));
  const row = state.messages.add(record, {
    from: botUser(state),
    content: markup.inline ? { ...content, reply_markup: markup.inline } : content,
    threadId: topic?.id,
    replyToMessageId: replyTarget(params, state, record),
    silent: params.flag('disable_notification'),
    forceReply: markup.forceReply,
  });
  return row.message;
}

function botUser({ me }: ApiState) {
  const { id, is_bot, first_name, username } = me;
  return { id, is_bot, first_name, username };
}

function replyTarget(params: ApiParams, state: ApiState, record: ChatRecord): number | undefined {
  const reply = params.json<{ message_id?: number; allow_sending_without_reply?: boolean }>(
    'reply_parameters',
  );
  const target = reply?.message_id ?? params.integer('reply_to_message_id');
  if (target === undefined) return undefined;
  if (state.messages.get(record.chat.id, target)) return target;
  if (reply?.allow_sending_without_reply || params.flag('allow_sending_without_reply')) return undefined;
  throw badRequest('message to be replied not found');
}
