import type { MessageEntity } from '@grammyjs/types';
import { byteOffset, cannotParse, decodeEntity, type HtmlTag, readTag } from './html-tags.ts';

/** Plain text and what is marked in it; offsets and lengths in UTF-16 units. */
export interface FormattedText {
  text: string;
  entities: MessageEntity[];
}

type OpenTag = Extract<HtmlTag, { kind: 'open' }> & { start: number };

const SIMPLE: Record<string, 'bold' | 'italic' | 'underline' | 'strikethrough' | 'spoiler'> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
};

/**
 * Parses `parse_mode: HTML` as strictly as Telegram does. Throws 400 `can't parse entities: …` with the
 * byte offset for unknown, unclosed or crossed tags.
 */
export function parseHtml(html: string): FormattedText {
  const entities: MessageEntity[] = [];
  const stack: OpenTag[] = [];
  let text = '';
  for (let i = 0; i < html.length; ) {
    if (html[i] === '<') {
      const tag = readTag(html, i);
      i = tag.end;
      if (tag.kind === 'open') stack.push(checkOpening(tag, html, text.length));
      else closeTag(matchingTag(stack, tag, html), text, entities);
      continue;
    }
    const decoded = html[i] === '&' ? decodeEntity(html, i) : undefined;
    text += decoded?.char ?? html[i];
    i = decoded?.end ?? i + 1;
  }
  const left = stack.at(-1);
  if (left) throw cannotParse(`Can't find end tag corresponding to start tag "${left.name}"`);
  return { text, entities };
}

function checkOpening(tag: Extract<HtmlTag, { kind: 'open' }>, html: string, start: number): OpenTag {
  if (tag.name === 'span' && tag.attributes.get('class') !== 'tg-spoiler') {
    throw cannotParse(`Tag "span" must have class "tg-spoiler" at byte offset ${byteOffset(html, tag.at)}`);
  }
  return { ...tag, start };
}

function matchingTag(stack: OpenTag[], tag: HtmlTag, html: string): OpenTag {
  const offset = byteOffset(html, tag.at);
  const open = stack.pop();
  if (!open) throw cannotParse(`Unexpected end tag at byte offset ${offset}`);
  if (tag.name !== '' && tag.name !== open.name) {
    throw cannotParse(
      `Unmatched end tag at byte offset ${offset}, expected "</${open.name}>", found "</${tag.name}>"`,
    );
  }
  return open;
}

function closeTag(tag: OpenTag, text: string, entities: MessageEntity[]): void {
  const range = { offset: tag.start, length: text.length - tag.start };
  if (range.length === 0) return;
  const simple = SIMPLE[tag.name];
  if (simple) entities.push({ type: simple, ...range });
  else if (tag.name === 'code') entities.push(codeEntity(tag, range));
  else if (tag.name === 'pre') entities.push(preEntity(entities, range));
  else if (tag.name === 'blockquote') {
    entities.push({
      type: tag.attributes.has('expandable') ? 'expandable_blockquote' : 'blockquote',
      ...range,
    });
  } else if (tag.name === 'tg-emoji') {
    const id = tag.attributes.get('emoji-id') ?? '';
    if (!/^\d+$/.test(id)) throw cannotParse('Invalid custom emoji identifier specified');
    entities.push({ type: 'custom_emoji', custom_emoji_id: id, ...range });
  } else {
    const url = tag.attributes.get('href') || text.slice(tag.start);
    entities.push({ type: 'text_link', url, ...range });
  }
}

type Range = { offset: number; length: number };
const languages = new WeakMap<MessageEntity, string>();

function codeEntity(tag: OpenTag, range: Range): MessageEntity {
  const entity: MessageEntity = { type: 'code', ...range };
  const language = /^language-(.+)$/.exec(tag.attributes.get('class') ?? '')?.[1];
  if (language) languages.set(entity, language);
  return entity;
}

/** `<pre><code class="language-x">…</code></pre>` is one block with a language. */
function preEntity(entities: MessageEntity[], range: Range): MessageEntity {
  const inner = entities.at(-1);
  const same = inner?.type === 'code' && inner.offset === range.offset && inner.length === range.length;
  if (!inner || !same) return { type: 'pre', ...range };
  entities.pop();
  const language = languages.get(inner);
  return language ? { type: 'pre', language, ...range } : { type: 'pre', ...range };
}
