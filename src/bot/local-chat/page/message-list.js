import { renderMessage } from './bubbles.js';
import { element } from './icons.js';
import { dayKey, dayName } from './texts.js';

const NEAR_END_PX = 80;
const GROUP_GAP_S = 300;

/** The scrolling list of messages: keeps order, days and groups, and stays at the end when it was there. */
export function createMessageList({ scroller, list, toEnd, actions, loadOlder }) {
  const messages = new Map();
  let unread = 0;
  let atEnd = true;
  let exhausted = false;
  let loading = false;

  const nearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
  const goToEnd = (behavior = 'instant') => scroller.scrollTo({ top: scroller.scrollHeight, behavior });
  const showUnread = () => {
    toEnd.hidden = atEnd;
    toEnd.querySelector('.count').textContent = unread > 0 ? String(unread) : '';
  };
  const nodeOf = (id) => list.querySelector(`.message[data-id="${id}"]`);

  /** Day headings and group edges depend on neighbours, so they are set over the whole list. */
  const arrange = () => {
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
  };

  scroller.addEventListener('scroll', () => {
    atEnd = nearEnd();
    if (atEnd) unread = 0;
    showUnread();
    if (scroller.scrollTop < 120) older();
  });
  new ResizeObserver(() => atEnd && goToEnd()).observe(list);
  new ResizeObserver(() => atEnd && goToEnd()).observe(scroller);
  toEnd.onclick = () => goToEnd('smooth');

  async function older() {
    const first = Math.min(...messages.keys());
    if (loading || exhausted || !Number.isFinite(first)) return;
    loading = true;
    try {
      const rows = await loadOlder(first);
      exhausted = rows.length === 0;
      const height = scroller.scrollHeight;
      for (const row of rows.toReversed()) {
        messages.set(row.id, row);
        list.prepend(renderMessage(row, actions));
      }
      arrange();
      scroller.scrollTop += scroller.scrollHeight - height;
    } finally {
      loading = false;
    }
  }

  return {
    reset(rows) {
      messages.clear();
      list.replaceChildren();
      exhausted = false;
      for (const row of rows) {
        messages.set(row.id, row);
        list.append(renderMessage(row, actions));
      }
      arrange();
      goToEnd();
    },
    add(message) {
      if (messages.has(message.id)) return this.change(message);
      messages.set(message.id, message);
      const node = renderMessage(message, actions);
      node.classList.add('arriving');
      list.append(node);
      arrange();
      if (message.own) atEnd = true;
      if (atEnd) goToEnd('smooth');
      else if (!message.own) unread += 1;
      showUnread();
    },
    change(message) {
      const old = nodeOf(message.id);
      if (!old) return;
      messages.set(message.id, message);
      const focusedKey = [...old.querySelectorAll('.key')].indexOf(document.activeElement);
      const node = renderMessage(message, actions);
      node.classList.add('flash');
      old.replaceWith(node);
      if (focusedKey >= 0) node.querySelectorAll('.key')[focusedKey]?.focus();
      arrange();
    },
    remove(id) {
      messages.delete(id);
      nodeOf(id)?.remove();
      arrange();
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
