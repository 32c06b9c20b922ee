import { renderMessage } from './bubbles.js';
import { element } from './icons.js';
import { dayKey, dayName } from './texts.js';
import { createViewport } from './viewport.js';

const GROUP_GAP_S = 300;

/** The list of messages: keeps them in order, with days and groups, and loads older ones on the way up. */
export function createMessageList({ scroller, list, toEnd, actions, loadOlder }) {
  const messages = new Map();
  const viewport = createViewport({ scroller, list, toEnd, onStart: () => void older() });
  const nodeOf = (id) => list.querySelector(`.message[data-id="${id}"]`);
  const draw = (message) => {
    messages.set(message.id, message);
    return renderMessage(message, actions);
  };
  let exhausted = false;
  let loading = false;

  async function older() {
    const first = Math.min(...messages.keys());
    if (loading || exhausted || !Number.isFinite(first)) return;
    loading = true;
    try {
      const rows = await loadOlder(first);
      exhausted = rows.length === 0;
      viewport.keepPlace(() => {
        list.prepend(...rows.map(draw));
        arrange(list, messages);
      });
    } finally {
      loading = false;
    }
  }
  const change = (message) => {
    const old = nodeOf(message.id);
    if (!old) return;
    replace(old, draw(message));
    arrange(list, messages);
  };

  return {
    reset(rows) {
      messages.clear();
      exhausted = false;
      list.replaceChildren(...rows.map(draw));
      arrange(list, messages);
      viewport.goToEnd();
    },
    add(message) {
      if (messages.has(message.id)) return change(message);
      const node = draw(message);
      node.classList.add('arriving');
      list.append(node);
      arrange(list, messages);
      viewport.arrived(message.own);
    },
    change,
    remove(id) {
      messages.delete(id);
      nodeOf(id)?.remove();
      arrange(list, messages);
    },
    jump(id) {
      const node = nodeOf(id);
      if (!node) return;
      node.scrollIntoView({ block: 'center', behavior: 'smooth' });
      node.classList.remove('flash');
      requestAnimationFrame(() => node.classList.add('flash'));
    },
    last: () => messages.get(Math.max(...messages.keys())),
    get: (id) => messages.get(id),
  };
}

/** Day headings and group edges depend on neighbours, so they are set over the whole list. */
function arrange(list, messages) {
  for (const heading of list.querySelectorAll('.day')) heading.remove();
  let before;
  for (const node of list.querySelectorAll('.message')) {
    const message = messages.get(Number(node.dataset.id));
    const newDay = !before || dayKey(before.date) !== dayKey(message.date);
    if (newDay) {
      node.before(element('li', { className: 'day' }, element('span', {}, dayName(message.date))));
    }
    const joined = !newDay && before.own === message.own && message.date - before.date < GROUP_GAP_S;
    node.classList.toggle('joined', joined);
    before = message;
  }
  list.classList.toggle('empty', messages.size === 0);
}

/** An edit in place: a short flash, and a focused button stays focused. */
function replace(old, node) {
  const focused = [...old.querySelectorAll('.key')].indexOf(document.activeElement);
  node.classList.add('flash');
  old.replaceWith(node);
  if (focused >= 0) node.querySelectorAll('.key')[focused]?.focus();
}
