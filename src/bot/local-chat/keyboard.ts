import type { ForceReply, InlineKeyboardButton, InlineKeyboardMarkup } from '@grammyjs/types';
import { isAcceptableUrl, type LinkPolicy } from './links.ts';
import type { ApiParams } from './params.ts';
import { badRequest } from './refusal.ts';

/** What `reply_markup` can mean for this server. */
export interface Markup {
  inline?: InlineKeyboardMarkup;
  forceReply?: { placeholder?: string };
}

const MAX_BUTTONS = 100;

/** Reads and checks `reply_markup`. Throws 400 with Telegram's words for a wrong keyboard. */
export function readMarkup(params: ApiParams, links: LinkPolicy): Markup {
  const markup = params.json<Record<string, unknown>>('reply_markup');
  if (markup === undefined) return {};
  if (typeof markup !== 'object' || markup === null) throw badRequest('object expected as reply markup');
  if (Array.isArray(markup.inline_keyboard)) {
    const inline = readInlineKeyboard(markup.inline_keyboard, links);
    return inline.inline_keyboard.length > 0 ? { inline } : {};
  }
  if (markup.force_reply === true) {
    const placeholder = (markup as unknown as ForceReply).input_field_placeholder;
    return { forceReply: placeholder === undefined ? {} : { placeholder } };
  }
  // Reply keyboards are accepted and not drawn: the bot uses none.
  return {};
}

function readInlineKeyboard(rows: unknown[], links: LinkPolicy): InlineKeyboardMarkup {
  const keyboard = rows
    .map((row) => {
      if (!Array.isArray(row)) throw badRequest('field "inline_keyboard" must be an Array of Arrays');
      return row.map((button) => readButton(button as InlineKeyboardButton, links));
    })
    .filter((row) => row.length > 0);
  if (keyboard.flat().length > MAX_BUTTONS) throw badRequest('reply markup is too long');
  return { inline_keyboard: keyboard };
}

function readButton(button: InlineKeyboardButton, links: LinkPolicy): InlineKeyboardButton {
  const cannot = (why: string) => badRequest(`can't parse inline keyboard button: ${why}`);
  if (typeof button !== 'object' || button === null) throw cannot('InlineKeyboardButton must be an Object');
  if (typeof button.text !== 'string') throw cannot(`Can't find field "text"`);
  if (button.text.trim() === '') throw badRequest('inline keyboard button text must be non-empty');
  if ('url' in button && button.url !== undefined) {
    if (!isAcceptableUrl(button.url, links)) {
      throw badRequest(`inline keyboard button URL '${button.url}' is invalid: Wrong HTTP URL`);
    }
    return button;
  }
  if ('callback_data' in button && button.callback_data !== undefined) {
    const size = Buffer.byteLength(String(button.callback_data));
    if (size < 1 || size > 64) throw badRequest('BUTTON_DATA_INVALID');
    return button;
  }
  if ('web_app' in button && button.web_app !== undefined) {
    if (!/^https:\/\//.test(button.web_app.url)) throw badRequest('BUTTON_URL_INVALID');
    return button;
  }
  if ('copy_text' in button || 'disabled' in button) return button;
  throw badRequest('Text buttons are unallowed in the inline keyboard');
}
