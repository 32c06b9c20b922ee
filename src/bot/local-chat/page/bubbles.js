import { element, icon } from './icons.js';
import { renderRich, safeUrl } from './rich-text.js';
import { momentOf, say, sizeOf, timeOf } from './texts.js';

/**
 * Draws one message as a list item. `actions` are what its controls do: `press(message, button, node)`,
 * `reply(message)`, `edit(message)`, `command(text)`, `jump(id)`.
 */
export function renderMessage(message, actions) {
  const sounding = !message.own && !message.silent;
  const side = message.own ? 'own' : 'bot';
  const item = element('li', { className: `message ${side}${sounding ? ' sounding' : ''}` });
  item.dataset.id = message.id;
  const bubble = element('div', { className: 'bubble' });
  if (message.replyTo) bubble.append(renderQuote(message.replyTo, actions));
  if (message.document) bubble.append(renderDocument(message.document));
  if (message.text) {
    bubble.append(
      element('div', { className: 'text' }, renderRich(message.text, message.entities, actions.command)),
    );
  }
  bubble.append(renderMeta(message, actions));
  const body = element('div', { className: 'body' }, bubble);
  if (message.buttons.length > 0) body.append(renderButtons(message, actions));
  item.append(body);
  return item;
}

function renderQuote({ id, own, text }, actions) {
  const title = element('span', { className: 'quote-name' }, own ? say('you') : actions.botName());
  return element(
    'button',
    { className: 'reply-quote', type: 'button', onclick: () => actions.jump(id) },
    title,
    element('span', { className: 'quote-text', dir: 'auto' }, text),
  );
}

function renderDocument({ id, name, bytes }) {
  const label = element('span', { className: 'file-name', dir: 'auto' }, name);
  const size = element('span', { className: 'file-size' }, sizeOf(bytes));
  return element(
    'a',
    {
      className: 'document',
      href: `/api/file/${encodeURIComponent(id)}`,
      download: name,
      'aria-label': `${say('download')} ${name}`,
    },
    element('span', { className: 'file-icon' }, icon('file')),
    element('span', { className: 'file-words' }, label, size),
  );
}

function renderMeta(message, actions) {
  const { own, silent, edited, date } = message;
  const meta = element('div', { className: 'meta' }, renderTools(message, actions));
  if (edited) meta.append(element('span', { className: 'edited' }, say('edited')));
  if (!own) {
    const word = say(silent ? 'silent' : 'sounding');
    const bell = element('span', { className: 'bell', title: word, role: 'img', 'aria-label': word });
    bell.append(icon(silent ? 'bellOff' : 'bell'));
    meta.append(bell);
  }
  meta.append(
    element('time', { title: momentOf(date), dateTime: new Date(date * 1000).toISOString() }, timeOf(date)),
  );
  return meta;
}

function renderButtons(message, actions) {
  const keyboard = element('div', { className: 'keyboard' });
  for (const row of message.buttons) {
    keyboard.append(
      element('div', { className: 'keys' }, ...row.map((button) => renderButton(message, button, actions))),
    );
  }
  return keyboard;
}

function renderButton(message, button, actions) {
  const className = button.style ? `key ${button.style}` : 'key';
  const label = element('span', { className: 'key-text', dir: 'auto' }, button.text);
  if (button.url) {
    const href = safeUrl(button.url);
    const link = element(
      'a',
      { className: `${className} link`, target: '_blank', rel: 'noopener noreferrer' },
      label,
      icon('link'),
    );
    if (href) link.href = href;
    return link;
  }
  const node = element('button', { className, type: 'button' }, label);
  node.onclick = () => actions.press(message, button, node);
  return node;
}

function renderTools(message, actions) {
  const tool = (name, label, onclick) =>
    element(
      'button',
      { className: 'tool', type: 'button', title: label, 'aria-label': label, onclick },
      icon(name),
    );
  const tools = element(
    'div',
    { className: 'tools' },
    tool('reply', say('reply'), () => actions.reply(message)),
  );
  if (message.own) tools.append(tool('pencil', say('edit'), () => actions.edit(message)));
  return tools;
}
