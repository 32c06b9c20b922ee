import { element } from './icons.js';
import { say } from './texts.js';

const BLOCKS = new Set(['pre', 'blockquote', 'expandable_blockquote']);
const TAGS = { bold: 'strong', italic: 'em', underline: 'u', strikethrough: 's', code: 'code' };

/**
 * Draws text with its entities as elements. Foreign text only ever becomes text nodes, so nothing in it
 * can act as markup.
 */
export function renderRich(text, entities, onCommand) {
  const fragment = document.createDocumentFragment();
  const context = { text, onCommand, entities: entities.filter(({ type }) => !BLOCKS.has(type)) };
  let at = 0;
  for (const block of entities.filter(({ type }) => BLOCKS.has(type))) {
    if (block.offset < at) continue;
    appendLines(fragment, context, at, block.offset);
    at = block.offset + block.length;
    fragment.append(renderBlock(context, block));
  }
  appendLines(fragment, context, at, text.length);
  return fragment;
}

function renderBlock(context, { type, offset, length, language }) {
  if (type === 'pre') {
    const pre = element('pre', { dir: 'ltr', tabIndex: 0 }, context.text.slice(offset, offset + length));
    if (language) pre.dataset.language = language;
    return pre;
  }
  const quote = element('blockquote');
  appendLines(quote, context, offset, offset + length);
  return quote;
}

/** A line break next to a block is the block's own edge. */
function appendLines(parent, context, from, to) {
  let start = from;
  let end = to;
  if (start > 0 && context.text[start] === '\n') start += 1;
  if (end < context.text.length && context.text[end - 1] === '\n') end -= 1;
  if (start >= end) return;
  for (const line of context.text.slice(start, end).split('\n')) {
    parent.append(renderLine(context, start, line));
    start += line.length + 1;
  }
}

function renderLine(context, start, line) {
  const node = element('div', { className: `line ${lineKind(line)}`.trim(), dir: 'auto' });
  if (line === '') node.append(element('br'));
  else appendRuns(node, context, start, start + line.length);
  return node;
}

/** How a line of a card hangs when it wraps: under the words after its icon or arrow. */
function lineKind(line) {
  if (/^[━─—]{5,}$/.test(line.trim())) return 'rule';
  if (/^\p{Extended_Pictographic}\uFE0F? /u.test(line)) return 'row';
  return /^ +↳ /.test(line) ? 'row sub' : '';
}

/** Draws a range; an entity that reaches over its end is cut there. */
function appendRuns(parent, context, from, to, depth = 0) {
  let at = from;
  const inside = context.entities.filter(({ offset, length }) => offset < to && offset + length > from);
  for (const [index, entity] of inside.entries()) {
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (start >= end) continue;
    parent.append(context.text.slice(at, start));
    const node = wrap(entity, context.text.slice(start, end), context.onCommand);
    const inner = { ...context, entities: inside.slice(index + 1) };
    if (entity.type === 'code' || depth > 8) node.append(context.text.slice(start, end));
    else appendRuns(node, inner, start, end, depth + 1);
    parent.append(node);
    at = end;
  }
  parent.append(context.text.slice(at, to));
}

function wrap(entity, content, onCommand) {
  switch (entity.type) {
    case 'text_link':
      return link(entity.url);
    case 'url':
      return link(content);
    case 'spoiler':
      return spoiler();
    case 'bot_command':
      return element('button', { className: 'command', type: 'button', onclick: () => onCommand(content) });
    default:
      return element(TAGS[entity.type] ?? 'span', { className: entity.type });
  }
}

/** A link, if the address is one a browser should follow; else plain text. */
function link(address) {
  const url = safeUrl(address);
  if (!url) return element('span');
  return element('a', { href: url, target: '_blank', rel: 'noopener noreferrer' });
}

/** The address as http, https, tg, mailto or tel; undefined for anything else. */
export function safeUrl(address) {
  const candidate = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(candidate)) return undefined;
  const url = new URL(candidate);
  return ['http:', 'https:', 'tg:', 'mailto:', 'tel:'].includes(url.protocol) ? url.href : undefined;
}

function spoiler() {
  const node = element('span', {
    className: 'spoiler',
    tabIndex: 0,
    role: 'button',
    'aria-label': say('spoiler'),
  });
  const show = () => {
    node.classList.add('shown');
    node.removeAttribute('aria-label');
    node.removeAttribute('role');
  };
  node.onclick = show;
  node.onkeydown = (event) => {
    if (event.key === 'Enter' || event.key === ' ') show();
  };
  return node;
}
