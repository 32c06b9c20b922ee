import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

// Control characters except newline and tab; bidirectional overrides and isolates (SAFE-3).
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the purpose
const UNSAFE = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g;

/** Text of users and models without what could steer a terminal; keeps line breaks. */
export const plain = (text: string): string => stripVTControlCharacters(text).replace(UNSAFE, '');

/** The same on one line. */
export const plainLine = (text: string): string => plain(text).replace(/\s+/g, ' ').trim();

/** Columns the text takes in a terminal. */
export const widthOf = (text: string): number => stringWidth(text);

/** Cuts to this many columns with `…`, never inside a character. */
export function fitTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept + segment) > columns - 1) break;
    kept += segment;
  }
  return columns < 1 ? '' : `${kept}…`;
}
