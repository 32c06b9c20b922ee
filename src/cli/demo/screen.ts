import type { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';
import type { App } from '../../app.ts';
import { renderCardText } from '../../bot/cards/card.ts';
import { createCatalog } from '../../bot/texts.ts';
import type { TaskState } from '../../pipeline/task.ts';

/** Shows the live card of the task that is on: redrawn on a terminal, one line per change elsewhere. */
export interface Screen {
  show(task: TaskState | null): void;
  /** Leaves the card as it stands and writes a line below it. */
  line(text: string): void;
}

const IDLE_MS = 120_000;

export function createScreen(app: App, out: Writable & { isTTY?: boolean }, live: boolean): Screen {
  const texts = createCatalog()('en');
  const update = live ? createLogUpdate(out as NodeJS.WriteStream) : null;
  let shown = '';
  const card = (task: TaskState): string => {
    const view = app.view(task.id);
    return view === null ? '' : renderCardText(view, texts, { idleMs: IDLE_MS });
  };
  return {
    show(task) {
      if (task === null) return;
      const text = update ? card(task) : `${task.wid} ${task.stage} #${task.attempt} ${task.activity.kind}`;
      if (text === shown) return;
      shown = text;
      if (update) update(text);
      else out.write(`${text}\n`);
    },
    line(text) {
      update?.done();
      shown = '';
      out.write(`${text}\n`);
    },
  };
}
