import type { InlineKeyboardButton, Message, MessageEntity } from '@grammyjs/types';
import type { ChatEvent } from './chat-events.ts';
import type { StoredMessage } from './storage.ts';

/** A button as the page draws it. */
export type ButtonView =
  | { text: string; style?: string; data: string }
  | { text: string; style?: string; url: string }
  | { text: string; style?: string; copy: string };

/** A message as the page draws it. All text is plain; `entities` say how to mark it. */
export interface MessageView {
  id: number;
  /** Written by the person at the page. */
  own: boolean;
  /** Epoch seconds. */
  date: number;
  edited: boolean;
  silent: boolean;
  text: string;
  entities: MessageEntity[];
  buttons: ButtonView[][];
  replyTo?: { id: number; own: boolean; text: string };
  document?: { id: string; name: string; bytes: number };
  forceReply?: { placeholder: string };
}

/** What goes down the event stream. */
export type PageEvent =
  | { kind: 'message' | 'edited'; message: MessageView }
  | { kind: 'deleted'; id: number }
  | { kind: 'pinned'; id: number }
  | { kind: 'answer'; queryId: string; text: string; alert: boolean; url?: string }
  | { kind: 'action'; action: string }
  | { kind: 'commands' };

/** Translates a row for the page. */
export function viewMessage({ message, silent, forceReply }: StoredMessage, userId: number): MessageView {
  const isOwn = (one: Pick<Message, 'from'>): boolean => one.from?.id === userId;
  const view: MessageView = {
    id: message.message_id,
    own: isOwn(message),
    date: message.date,
    edited: message.edit_date !== undefined,
    silent,
    text: message.text ?? message.caption ?? '',
    entities: message.entities ?? message.caption_entities ?? [],
    buttons: (message.reply_markup?.inline_keyboard ?? []).map((row) => row.flatMap(viewButton)),
  };
  const replied = message.reply_to_message;
  if (replied) view.replyTo = { id: replied.message_id, own: isOwn(replied), text: excerpt(replied) };
  if (message.document) {
    const { file_id, file_name = 'file', file_size = 0 } = message.document;
    view.document = { id: file_id, name: file_name, bytes: file_size };
  }
  if (forceReply) view.forceReply = { placeholder: forceReply.placeholder ?? '' };
  return view;
}

/** Translates a chat event for the page of one person; undefined when it is none of theirs. */
export function viewEvent(event: ChatEvent, userId: number): PageEvent | undefined {
  switch (event.kind) {
    case 'message':
    case 'edited':
      return event.row.chatId === userId
        ? { kind: event.kind, message: viewMessage(event.row, userId) }
        : undefined;
    case 'deleted':
    case 'pinned':
      return event.chatId === userId ? { kind: event.kind, id: event.messageId } : undefined;
    case 'answer': {
      const { queryId, text, alert, url } = event;
      if (event.userId !== userId) return undefined;
      return url === undefined
        ? { kind: 'answer', queryId, text, alert }
        : { kind: 'answer', queryId, text, alert, url };
    }
    case 'action':
      return event.chatId === userId ? { kind: 'action', action: event.action } : undefined;
    case 'commands':
      return event;
  }
}

const EXCERPT = 160;

function excerpt(message: Pick<Message, 'text' | 'caption' | 'document'>): string {
  const text = message.text ?? message.caption ?? message.document?.file_name ?? '';
  return [...text].slice(0, EXCERPT).join('');
}

function viewButton(button: InlineKeyboardButton): ButtonView[] {
  const base =
    button.style === undefined ? { text: button.text } : { text: button.text, style: button.style };
  if ('callback_data' in button) return [{ ...base, data: button.callback_data }];
  if ('url' in button) return [{ ...base, url: button.url }];
  if ('copy_text' in button) return [{ ...base, copy: button.copy_text.text }];
  return [];
}
