/** Telegram's limit for one message, in characters after entity parsing; we count before, which is stricter. */
export const MESSAGE_MAX = 4096;

declare const htmlBrand: unique symbol;
/** Text that is already valid Telegram HTML. Only this file makes it (SAFE-1). */
export type Html = string & { readonly [htmlBrand]: true };

// Control characters except newline and tab; bidirectional overrides and isolates (SAFE-3).
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the purpose
const UNSAFE = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g;
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
const MENTION = /@(?=\w)/g;

/** Removes what foreign text must not carry: control characters, bidi overrides, mentions that notify (SAFE-3). */
export const clean = (text: string): string =>
  text.replace(UNSAFE, '').replace(LONE_SURROGATE, '\uFFFD').replace(MENTION, '@\u2060');

/** Cuts to `max` UTF-16 units with `…`, never inside a surrogate pair (SAFE-2). Cut before escaping. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = text.slice(0, Math.max(0, max - 1));
  return `${/[\uD800-\uDBFF]$/.test(head) ? head.slice(0, -1) : head}…`;
}

/** White space of any kind as single blanks, so that foreign text stays on its line. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Cuts a path from the left: `…/reports/export.ts`. */
export function cutLeft(text: string, max: number): string {
  if (text.length <= max) return text;
  const tail = text.slice(text.length - max + 1);
  const slash = tail.indexOf('/');
  return `…${slash > 0 && slash < tail.length - 1 ? tail.slice(slash) : tail.replace(/^[\uDC00-\uDFFF]/, '')}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** The one escape function for text (SAFE-1, SAFE-3). */
export const escapeText = (text: string): Html =>
  clean(text).replace(/[&<>]/g, (c) => ENTITIES[c] ?? c) as Html;
const escapeAttribute = (text: string): string => text.replace(/[&<>"]/g, (c) => ENTITIES[c] ?? c);

/** One piece of a line: plain text, or text with a tag. */
export type Part = string | { code: string } | { bold: string } | { link: string; url: string };
export type Line = readonly Part[];

const partHtml = (part: Part): string => {
  if (typeof part === 'string') return escapeText(part);
  if ('code' in part) return `<code>${escapeText(part.code)}</code>`;
  if ('bold' in part) return `<b>${escapeText(part.bold)}</b>`;
  return `<a href="${escapeAttribute(part.url)}">${escapeText(part.link)}</a>`;
};
const partText = (part: Part): string => {
  if (typeof part === 'string') return part;
  if ('code' in part) return part.code;
  if ('bold' in part) return part.bold;
  return `${part.link}: ${part.url}`;
};

/** Lines as Telegram HTML; every text in them is escaped here. */
export const linesHtml = (lines: readonly Line[]): Html =>
  lines.map((line) => line.map(partHtml).join('')).join('\n') as Html;

/** The same lines for a terminal or a document. */
export const linesText = (lines: readonly Line[]): string =>
  lines.map((line) => line.map(partText).join('')).join('\n');

/** Plain text as lines. */
export const textLines = (text: string): Line[] => text.split('\n').map((line) => [line]);

/**
 * Lines in messages of at most `max` characters of HTML, split at line ends (SAFE-2). A line that alone is
 * too long is cut to what fits.
 */
export function splitLines(lines: readonly Line[], max = MESSAGE_MAX): Line[][] {
  const parts: Line[][] = [];
  let part: Line[] = [];
  let size = 0;
  for (const line of lines) {
    const fitted = linesHtml([line]).length > max ? [cut(linesText([line]), Math.floor(max / 6))] : line;
    const length = linesHtml([fitted]).length + 1;
    if (size + length > max && part.length > 0) {
      parts.push(part);
      part = [];
      size = 0;
    }
    part.push(fitted);
    size += length;
  }
  return part.length > 0 ? [...parts, part] : parts;
}
