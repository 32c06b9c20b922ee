import { createComposer } from './composer.js';
import { followEvents, loadCommands, loadOlder, loadState, pressButton } from './connection.js';
import { icon } from './icons.js';
import { createMessageList } from './message-list.js';
import { createNotices, createSound } from './notices.js';
import { say, useLanguage } from './texts.js';

const ANSWER_MS = 12_000;
const find = (selector) => document.querySelector(selector);
const notices = createNotices({ toasts: find('.toasts'), dialog: find('dialog') });
const sound = createSound();
/** Buttons whose tap is not answered yet, by callback query id. */
const pending = new Map();
/** Answers that were faster than the response to the tap. */
const early = new Map();
let bot = { name: 'Orchestrator' };
let stopFollowing = () => {};
let typingTimer;
let unseen = 0;

const composer = createComposer({ form: find('.composer'), notices, botName: () => bot.name });
const list = createMessageList({
  scroller: find('.log'),
  list: find('#messages'),
  toEnd: find('.to-end'),
  loadOlder,
  actions: {
    press,
    botName: () => bot.name,
    reply: (message) => composer.reply(message),
    edit: (message) => composer.edit(list.get(message.id) ?? message),
    command: (text) => composer.write(`${text} `),
    jump: (id) => list.jump(id),
  },
});

async function press(message, button, node) {
  if (button.copy !== undefined) {
    await navigator.clipboard.writeText(button.copy);
    return notices.toast(say('copied'));
  }
  if (node.getAttribute('aria-busy') === 'true') return;
  node.setAttribute('aria-busy', 'true');
  const release = () => node.removeAttribute('aria-busy');
  try {
    const { queryId } = await pressButton(message.id, button.data);
    const timer = setTimeout(() => settle(queryId, { text: say('noAnswer') }), ANSWER_MS);
    pending.set(queryId, { release, timer });
    if (early.has(queryId)) settle(queryId, early.get(queryId));
  } catch (error) {
    release();
    notices.toast(error.refused ? say('gone') : say('notSent'));
  }
}

function settle(queryId, answer) {
  const waiting = pending.get(queryId);
  if (!waiting) {
    // Faster than the response to our tap, or meant for another window.
    early.set(queryId, answer);
    setTimeout(() => early.delete(queryId), ANSWER_MS);
    return;
  }
  early.delete(queryId);
  pending.delete(queryId);
  clearTimeout(waiting.timer);
  waiting.release();
  if (answer.text) (answer.alert ? notices.alert : notices.toast)(answer.text);
}

const on = {
  message({ message }) {
    list.add(message);
    showTyping(false);
    if (message.own) return;
    if (message.forceReply) composer.reply(message, message.forceReply.placeholder || undefined);
    if (!message.silent) sound.play();
    if (document.hidden) showUnseen(unseen + 1);
  },
  edited: ({ message }) => list.change(message),
  deleted({ id }) {
    list.remove(id);
    composer.forget(id);
  },
  answer: (event) => settle(event.queryId, event),
  action: () => showTyping(true),
  commands: async () => composer.setCommands(await loadCommands()),
  pinned() {},
  reset: () => start(),
};

function showState(state) {
  const banner = find('.banner');
  document.body.dataset.connection = state;
  banner.hidden = state === 'online' || state === 'connecting';
  banner.textContent = banner.hidden ? '' : say(state);
  if (!banner.hidden) showTyping(false);
  find('.status').textContent = say(state === 'online' ? 'online' : 'connecting');
}

function showTyping(active) {
  clearTimeout(typingTimer);
  const status = find('.status');
  status.classList.toggle('typing', active);
  status.textContent = say(
    active ? 'typing' : document.body.dataset.connection === 'online' ? 'online' : 'connecting',
  );
  if (active) typingTimer = setTimeout(() => showTyping(false), 5500);
}

function showUnseen(count) {
  unseen = count;
  document.title = count > 0 ? `(${count}) ${bot.name}` : bot.name;
}

function showSound() {
  const button = find('.sound');
  const label = say(sound.on ? 'soundOn' : 'soundOff');
  button.replaceChildren(icon(sound.on ? 'bell' : 'bellOff'));
  button.title = label;
  button.setAttribute('aria-label', label);
  button.setAttribute('aria-pressed', String(sound.on));
}

/** Fills in the words and icons the markup leaves open. */
function dress() {
  for (const node of document.querySelectorAll('[data-icon]')) {
    if (!node.querySelector('svg')) node.prepend(icon(node.dataset.icon));
  }
  for (const node of document.querySelectorAll('[data-say]')) node.textContent = say(node.dataset.say);
  for (const node of document.querySelectorAll('[data-label]')) {
    node.setAttribute('aria-label', say(node.dataset.label));
    if (node.matches('button')) node.title = say(node.dataset.label);
  }
  find('.composer textarea').placeholder = say('placeholder');
  find('.name').textContent = bot.name;
  showSound();
  showUnseen(0);
}

/** Loads everything and follows what happens; called again whenever the thread of events is lost. */
async function start() {
  stopFollowing();
  try {
    const state = await loadState();
    bot = state.bot;
    useLanguage(state.language);
    dress();
    list.reset(state.messages);
    composer.setCommands(state.commands);
    const last = list.last();
    if (last?.forceReply) composer.reply(last, last.forceReply.placeholder || undefined);
    stopFollowing = followEvents(state.position, {
      onEvent: (event) => on[event.kind]?.(event),
      onState: showState,
    });
  } catch (error) {
    showState(error.locked ? 'locked' : 'lost');
    if (!error.locked) setTimeout(start, 2000);
  }
}

find('.sound').onclick = () => {
  sound.toggle();
  showSound();
};
document.addEventListener('visibilitychange', () => !document.hidden && showUnseen(0));
dress();
showState('connecting');
await start();
if (matchMedia('(hover: hover)').matches) composer.focus();
