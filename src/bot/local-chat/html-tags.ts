import { badRequest } from './refusal.ts';

/** An opening or closing tag as written. `at` is the index of `<`. */
export type HtmlTag =
  | { kind: 'open'; name: string; attributes: Map<string, string>; at: number; end: number }
  | { kind: 'close'; name: string; at: number; end: number };

const KNOWN_TAGS = new Set(
  'a b strong i em s strike del u ins tg-spoiler tg-emoji span pre code blockquote'.split(' '),
);
const isSpace = (char: string | undefined): boolean => char !== undefined && /[ \t\r\n\0\v]/.test(char);

/** The refusal Telegram gives for text it cannot parse. */
export const cannotParse = (why: string) => badRequest(`can't parse entities: ${why}`);

/** Telegram counts positions in bytes of UTF-8. */
export const byteOffset = (text: string, index: number): number => Buffer.byteLength(text.slice(0, index));

const NAMED = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
]);

/** Decodes the entity at `&`, or undefined when Telegram would leave it as written. */
export function decodeEntity(text: string, at: number): { char: string; end: number } | undefined {
  const found = /^&(?:#(\d{1,8})|#[xX]([0-9a-fA-F]{1,8})|([a-z]{2,4}));?/.exec(text.slice(at, at + 12));
  if (!found) return undefined;
  const [all, decimal, hex, name] = found;
  if (name) {
    const char = NAMED.get(name);
    return char === undefined ? undefined : { char, end: at + all.length };
  }
  const code = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hex ?? '', 16);
  if (!code || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return { char: String.fromCodePoint(code), end: at + all.length };
}

/** Reads the tag that starts at `<`. Throws the 400 of Telegram for anything it does not accept. */
export function readTag(text: string, at: number): HtmlTag {
  return text[at + 1] === '/' ? readClosingTag(text, at) : readOpeningTag(text, at);
}

function readClosingTag(text: string, at: number): HtmlTag {
  let i = at + 2;
  while (i < text.length && !isSpace(text[i]) && text[i] !== '>') i++;
  const name = text.slice(at + 2, i).toLowerCase();
  while (isSpace(text[i])) i++;
  if (text[i] !== '>') throw cannotParse(`Unclosed end tag at byte offset ${byteOffset(text, at)}`);
  return { kind: 'close', name, at, end: i + 1 };
}

function readOpeningTag(text: string, at: number): HtmlTag {
  const offset = () => byteOffset(text, at);
  let i = at + 1;
  while (i < text.length && !isSpace(text[i]) && text[i] !== '>') i++;
  if (i >= text.length) throw cannotParse(`Unclosed start tag at byte offset ${offset()}`);
  const name = text.slice(at + 1, i).toLowerCase();
  if (!KNOWN_TAGS.has(name)) {
    throw cannotParse(`Unsupported start tag "${name}" at byte offset ${offset()}`);
  }
  const attributes = new Map<string, string>();
  for (;;) {
    while (isSpace(text[i])) i++;
    if (i >= text.length) throw cannotParse(`Unclosed start tag "${name}" at byte offset ${offset()}`);
    if (text[i] === '>') return { kind: 'open', name, attributes, at, end: i + 1 };
    const attribute = readAttribute(text, i, name);
    attributes.set(attribute.name, attribute.value);
    i = attribute.end;
  }
}

function readAttribute(text: string, at: number, tag: string): { name: string; value: string; end: number } {
  let i = at;
  while (i < text.length && !isSpace(text[i]) && text[i] !== '=' && text[i] !== '>') i++;
  const name = text.slice(at, i).toLowerCase();
  if (!name) {
    throw cannotParse(`Empty attribute name in the tag "${tag}" at byte offset ${byteOffset(text, at)}`);
  }
  while (isSpace(text[i])) i++;
  if (text[i] !== '=') return { name, value: '', end: i };
  i++;
  while (isSpace(text[i])) i++;
  const quote = text[i];
  if (quote === '"' || quote === "'") return { name, ...readQuoted(text, i + 1, quote) };
  const start = i;
  while (/[a-zA-Z0-9.-]/.test(text[i] ?? '')) i++;
  if (!isSpace(text[i]) && text[i] !== '>') {
    throw cannotParse(`Unexpected end of name token at byte offset ${byteOffset(text, start)}`);
  }
  return { name, value: text.slice(start, i).toLowerCase(), end: i };
}

function readQuoted(text: string, at: number, quote: string): { value: string; end: number } {
  let value = '';
  let i = at;
  while (i < text.length && text[i] !== quote) {
    const decoded = text[i] === '&' ? decodeEntity(text, i) : undefined;
    value += decoded?.char ?? text[i];
    i = decoded?.end ?? i + 1;
  }
  return { value, end: i + 1 };
}
