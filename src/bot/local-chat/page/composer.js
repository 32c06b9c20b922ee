import { createCommandMenu } from './commands.js';
import { editText, sendText } from './connection.js';
import { say } from './texts.js';

const MAX_HEIGHT = 180;

/** What the text is about to do: a new message, a reply, or an edit. Shown as a quote over the input. */
function createTarget(quote, input) {
  let current;
  return {
    get current() {
      return current;
    },
    aim(next) {
      current = next;
      quote.hidden = !next;
      input.placeholder = next?.placeholder || say('placeholder');
      if (!next) return;
      quote.querySelector('.quote-name').textContent = next.title;
      quote.querySelector('.quote-text').textContent = next.message.text || next.message.document?.name || '';
      input.focus();
    },
  };
}

/** Sends what was written. Rejects when the server did not take it. */
function deliver(text, { kind, message } = {}) {
  return kind === 'edit' ? editText(message.id, text) : sendText(text, message?.id);
}

/** The input at the bottom: multi-line text, a quote when replying or editing, and the command menu. */
export function createComposer({ form, notices, botName }) {
  const input = form.querySelector('textarea');
  const quote = form.querySelector('.quote');
  const target = createTarget(quote, input);

  const show = (text) => {
    input.value = text;
    input.style.height = 'auto';
    // Without its borders the field would be a hair too low, and show a scroll bar.
    const height = input.scrollHeight + input.offsetHeight - input.clientHeight;
    input.style.height = `${Math.min(height, MAX_HEIGHT)}px`;
    input.style.overflowY = height > MAX_HEIGHT ? 'auto' : 'hidden';
    form.classList.toggle('filled', text.trim() !== '');
  };
  const write = (text) => {
    show(text);
    menu.update();
    input.focus();
  };
  const menu = createCommandMenu({ list: form.querySelector('.commands'), input, onPick: write });
  const release = () => {
    if (target.current?.kind === 'edit') show('');
    target.aim(undefined);
  };
  const submit = async () => {
    const text = input.value;
    if (text.trim() === '') return;
    const aimed = target.current;
    menu.close();
    show('');
    target.aim(undefined);
    try {
      await deliver(text, aimed);
    } catch (error) {
      show(text);
      target.aim(aimed);
      notices.toast(error.refused ? error.message : say('notSent'));
    }
  };
  listen({ form, input, quote, menu, submit, release, write, show });

  return {
    setCommands: (commands) => menu.setCommands(commands),
    write,
    reply(message, placeholder = say('placeholderReply')) {
      const title = message.own ? say('you') : botName();
      target.aim({ kind: 'reply', message, title, placeholder });
    },
    edit(message) {
      target.aim({
        kind: 'edit',
        message,
        title: say('placeholderEdit'),
        placeholder: say('placeholderEdit'),
      });
      write(message.text);
    },
    /** Called when a message is gone. */
    forget(id) {
      if (target.current?.message.id === id) release();
    },
    focus: () => input.focus(),
  };
}

function listen({ form, input, quote, menu, submit, release, write, show }) {
  form.onsubmit = (event) => {
    event.preventDefault();
    void submit();
  };
  quote.querySelector('button').onclick = release;
  input.oninput = () => {
    show(input.value);
    menu.update();
  };
  input.onblur = () => menu.close();
  input.onkeydown = (event) => {
    if (event.isComposing) return;
    if (menu.handleKey(event)) return event.preventDefault();
    if (event.key === 'Escape') release();
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    void submit();
  };
  form.querySelector('.slash').onclick = () =>
    write(input.value.startsWith('/') ? input.value : `/${input.value}`);
}
