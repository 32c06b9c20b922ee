import { element } from './icons.js';

/** The menu of commands: opens while the text is a `/word`, filters, and is worked by keys or taps. */
export function createCommandMenu({ list, input, onPick }) {
  let commands = [];
  let shown = [];
  let active = 0;

  const close = () => {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const mark = () => {
    for (const [index, node] of [...list.children].entries()) {
      node.setAttribute('aria-selected', String(index === active));
      if (index === active) {
        input.setAttribute('aria-activedescendant', node.id);
        node.scrollIntoView({ block: 'nearest' });
      }
    }
  };
  const pick = ({ command }) => {
    close();
    onPick(`/${command} `);
  };
  const draw = () => {
    list.replaceChildren(
      ...shown.map((entry, index) => {
        const node = element(
          'div',
          { role: 'option', tabIndex: -1, id: `command-${index}`, className: 'command-option' },
          element('span', { className: 'command-name' }, `/${entry.command}`),
          element('span', { className: 'command-words', dir: 'auto' }, entry.description),
        );
        // Before the input loses its focus.
        node.onpointerdown = (event) => event.preventDefault();
        node.onclick = () => pick(entry);
        return node;
      }),
    );
  };
  const update = () => {
    const word = /^\/([a-z0-9_]*)$/i.exec(input.value)?.[1]?.toLowerCase();
    shown = word === undefined ? [] : commands.filter(({ command }) => command.startsWith(word));
    if (shown.length === 0) return close();
    active = 0;
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    draw();
    mark();
  };

  const keys = {
    ArrowDown: () => (active + 1) % shown.length,
    ArrowUp: () => (active - 1 + shown.length) % shown.length,
  };
  return {
    update,
    close,
    setCommands(entries) {
      commands = entries;
      if (!list.hidden) update();
    },
    /** True when the key was for the menu. */
    handleKey(event) {
      if (list.hidden) return false;
      if (event.key === 'Escape') close();
      else if (
        event.key === 'Tab' ||
        (event.key === 'Enter' && input.value !== `/${shown[active].command}`)
      ) {
        pick(shown[active]);
      } else if (keys[event.key]) {
        active = keys[event.key]();
        mark();
      } else return false;
      return true;
    },
  };
}
