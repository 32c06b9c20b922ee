import type { MessageEntity } from '@grammyjs/types';

type AutoType = 'bot_command' | 'mention' | 'hashtag' | 'url' | 'email';

const PATTERNS: ReadonlyArray<{ type: AutoType; pattern: RegExp }> = [
  { type: 'url', pattern: /\bhttps?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]]/giu },
  { type: 'email', pattern: /\b[\w.+-]+@[\w-]+\.[\w.-]*\w/gu },
  {
    type: 'bot_command',
    pattern: /(?<![\p{L}\p{N}_/<>])\/[a-zA-Z][a-zA-Z0-9_]{0,63}(?:@[a-zA-Z0-9_]{3,32})?(?![\p{L}\p{N}_/])/gu,
  },
  { type: 'mention', pattern: /(?<![\p{L}\p{N}_@])@[a-zA-Z][a-zA-Z0-9_]{3,31}(?![\p{L}\p{N}_])/gu },
  { type: 'hashtag', pattern: /(?<![\p{L}\p{N}_#&/])#[\p{L}\p{N}_]*\p{L}[\p{L}\p{N}_]*/gu },
];

const overlaps = (a: { offset: number; length: number }, b: { offset: number; length: number }): boolean =>
  a.offset < b.offset + b.length && b.offset < a.offset + a.length;

/**
 * What Telegram marks by itself in any text: commands, mentions, hashtags, addresses. Nothing is marked
 * inside code or inside a link, and marks do not overlap.
 */
export function findAutoEntities(text: string, explicit: readonly MessageEntity[]): MessageEntity[] {
  const taken: { offset: number; length: number }[] = explicit.filter((entity) =>
    ['code', 'pre', 'text_link', 'text_mention', 'bot_command', 'url', 'mention'].includes(entity.type),
  );
  const found: MessageEntity[] = [];
  for (const { type, pattern } of PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      const entity = { type, offset: match.index, length: match[0].length };
      if (taken.some((other) => overlaps(other, entity))) continue;
      taken.push(entity);
      found.push(entity);
    }
  }
  return found;
}
