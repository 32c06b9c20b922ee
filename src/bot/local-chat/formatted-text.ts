import type { MessageEntity } from '@grammyjs/types';
import { findAutoEntities } from './auto-entities.ts';
import { type FormattedText, parseHtml } from './html-entities.ts';
import { isAcceptableUrl, type LinkPolicy } from './links.ts';
import type { ApiParams } from './params.ts';
import { badRequest } from './refusal.ts';

/** Which parameter holds the text and what is said when it is wrong. */
export interface TextField {
  text: 'text' | 'caption';
  entities: 'entities' | 'caption_entities';
  /** UTF-16 units, counted after parsing and trimming. */
  limit: number;
  /** Undefined: the text may be empty. */
  empty?: string;
  tooLong: string;
}

export const MESSAGE_TEXT: TextField = {
  text: 'text',
  entities: 'entities',
  limit: 4096,
  empty: 'message text is empty',
  tooLong: 'message is too long',
};

export const EDITED_TEXT: TextField = { ...MESSAGE_TEXT, tooLong: 'MESSAGE_TOO_LONG' };

export const CAPTION: TextField = {
  text: 'caption',
  entities: 'caption_entities',
  limit: 1024,
  tooLong: 'message caption is too long',
};

/**
 * Reads a text parameter the way Telegram stores it: parsed, cleaned, trimmed, with explicit and
 * automatic entities. Throws 400 for empty, too long or unparsable text.
 */
export function readFormattedText(params: ApiParams, field: TextField, links: LinkPolicy): FormattedText {
  const raw = params.text(field.text);
  const mode = params.text('parse_mode').toLowerCase();
  if (mode !== '' && mode !== 'html') throw badRequest('unsupported parse_mode');
  const parsed =
    mode === 'html'
      ? parseHtml(raw)
      : { text: raw, entities: params.json<MessageEntity[]>(field.entities) ?? [] };
  const result = normalise(parsed, links);
  if (result.text === '' && field.empty) throw badRequest(field.empty);
  if (result.text.length > field.limit) throw badRequest(field.tooLong);
  return result;
}

/** Text typed by a person: no parse mode, automatic entities only. */
export function plainText(text: string): FormattedText {
  return normalise({ text, entities: [] }, { allowLocalhost: true });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: Telegram turns them into spaces
const CONTROL = /[\0-\x08\x0b-\x1f]/g;

/** Same length in, same length out, so that offsets stay right. */
const clean = (text: string): string => text.replace(CONTROL, ' ');

function normalise(input: FormattedText, links: LinkPolicy): FormattedText {
  const cleaned = clean(input.text);
  const text = cleaned.trim();
  const lead = cleaned.length - cleaned.trimStart().length;
  const explicit = input.entities
    // Telegram drops the link and keeps the words when it does not like the address.
    .filter((entity) => entity.type !== 'text_link' || isAcceptableUrl(entity.url, links))
    .map((entity) => clip(entity, lead, text.length))
    .filter((entity) => entity.length > 0);
  const entities = [...splitAroundCode(explicit), ...findAutoEntities(text, explicit)];
  return { text, entities: entities.sort(byPosition) };
}

function clip(entity: MessageEntity, lead: number, length: number): MessageEntity {
  const start = Math.max(0, entity.offset - lead);
  const end = Math.min(length, entity.offset + entity.length - lead);
  return { ...entity, offset: start, length: end - start };
}

const isCode = (entity: MessageEntity): boolean => entity.type === 'code' || entity.type === 'pre';
const isQuote = (entity: MessageEntity): boolean => entity.type.endsWith('blockquote');

/** Code contains no other entity and is part of none but a quote: other marks are cut around it. */
function splitAroundCode(entities: MessageEntity[]): MessageEntity[] {
  const code = entities.filter(isCode);
  return entities.flatMap((entity) => {
    if (isCode(entity) || isQuote(entity)) return [entity];
    return code.reduce((pieces, block) => pieces.flatMap((piece) => subtract(piece, block)), [entity]);
  });
}

function subtract(piece: MessageEntity, block: MessageEntity): MessageEntity[] {
  const [start, end] = [piece.offset, piece.offset + piece.length];
  const [from, to] = [block.offset, block.offset + block.length];
  if (to <= start || from >= end) return [piece];
  return [
    { ...piece, length: from - start },
    { ...piece, offset: to, length: end - to },
  ].filter((part) => part.length > 0);
}

const byPosition = (a: MessageEntity, b: MessageEntity): number => a.offset - b.offset || b.length - a.length;
