import type { Message } from '@grammyjs/types';
import type { Group } from './people.ts';

/** Texts of the inline buttons a message carries now. */
export function buttonsOf(message: { reply_markup?: unknown } | undefined): string[] {
  const markup = message?.reply_markup as { inline_keyboard?: { text: string }[][] } | undefined;
  return (markup?.inline_keyboard ?? []).flat().map(({ text }) => text);
}

/** Callback data of a button, found by its text. */
export function dataOf(message: Message | undefined, text: string): string {
  const markup = message?.reply_markup as
    | { inline_keyboard?: { text: string; callback_data?: string }[][] }
    | undefined;
  const found = (markup?.inline_keyboard ?? []).flat().find((button) => button.text === text);
  if (found?.callback_data === undefined) throw new Error(`no button ${text} on ${message?.text}`);
  return found.callback_data;
}

/** The newest message of a group whose text begins so. */
export const newest = (group: Group, start: string): Message | undefined =>
  group.messages().findLast(({ text }) => text?.startsWith(start) === true);
