import { createCommandMenu } from './commands.js';
import { editText, sendText } from './connection.js';
import { say } from './texts.js';

const MAX_HEIGHT = 180;

/** The input at the bottom: multi-line text, a quote when replying or editing, and the command menu. */
export function createComposer({ form, notices, botName }) {
  const input = form.querySelector('textarea');
  const quote = form.querySelector('.quote');
  const cancel = quote.querySelector('button');
  let target;

  const grow = () => {
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, MAX_HEIGHT)}px`;
    form.classList.toggle('filled', input.value.trim() !== '');
  };
  const write = (text) => {
    input.value = text;
    grow();
    menu.update();
    input.focus();
  };
  const menu = createCommandMenu({ list: form.querySelector('.commands'), input, onPick: write });

  const aim = (next) => {
    target = next;
    quote.hidden = !next;
    input.placeholder = next?.placeholder || say('placeholder');
    if (!next) return;
    quote.querySelector('.quote-name').textContent = next.title;
    quote.querySelector('.quote-text').textContent = next.message.text || next.message.document?.name || '';
    input.focus();
  };
  const release = () => {
    if (target?.kind === 'edit') input.value = '';
    aim(undefined);
    grow();
  };

  async function submit() {
    const text = input.value;
    if (text.trim() === '') return;
    const { kind, message } = target ?? {};
    const kept = target;
    menu.close();
    input.value = '';
    aim(undefined);
    grow();
    try {
      if (kind === 'edit') await editText(message.id, text);
      else await sendText(text, message?.id);
    } catch (error) {
      input.value = text;
      aim(kept);
      grow();
      notices.toast(error.refused ? error.message : say('notSent'));
    }
  }

  form.onsubmit = (event) => {
    event.preventDefault();
    submit();
  };
  cancel.onclick = release;
  input.oninput = () => {
    grow();
    menu.update();
  };
  input.onblur = () => menu.close();
  input.onkeydown = (event) => {
    if (event.isComposing) return;
    if (menu.handleKey(event)) return event.preventDefault();
    if (event.key === 'Escape' && target) release();
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    submit();
  };
  form.querySelector('.slash').onclick = () =>
    write(input.value.startsWith('/') ? input.value : `/${input.value}`);

  return {
    setCommands: (commands) => menu.setCommands(commands),
    write,
    reply: (message, placeholder) =>
      aim({
        kind: 'reply',
        message,
        title: message.own ? say('you') : botName(),
        placeholder: placeholder || say('placeholderReply'),
      }),
    edit(message) {
      aim({ kind: 'edit', message, title: say('placeholderEdit'), placeholder: say('placeholderEdit') });
      write(message.text);
    },
    /** Called when a message is gone or was answered elsewhere. */
    forget(id) {
      if (target?.message.id === id) release();
    },
    focus: () => input.focus(),
  };
}
