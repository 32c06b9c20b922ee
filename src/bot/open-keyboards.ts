import type { RunView } from '../pipeline/view.ts';
import type { ButtonRows } from './buttons.ts';
import { type Env, textsOf } from './env.ts';
import { type Lanes, PRIORITY } from './lanes.ts';
import { linesHtml } from './markup.ts';
import { enteredWait } from './ping-states.ts';
import type { Sender } from './send.ts';
import type { SendOutcome } from './send-class.ts';

/**
 * Messages beside the card that carry buttons of a task. When the task leaves the state they were shown for, by
 * whatever surface, their buttons go (CB-6). Kept as one memo per task, so that a restart forgets none.
 */
interface OpenKeyboard {
  chat: string;
  message: number;
  /** State it is bound to, in the words of `stateOf`. */
  state: string;
  /** A second step also says that it is over. */
  step: boolean;
}

export interface OpenKeyboards {
  /** Writes down a message just sent with buttons of this view; a state left meanwhile is noticed at once. */
  opened(of: { chat: string; message: number; rows: ButtonRows; view: RunView }): void;
  /** Its outcome is shown in the message itself; false when it was closed before. */
  closed(task: number, chat: string, message: number): boolean;
  /** Removes the buttons of states the task has left; `failed` = call again later. */
  sweep(task: number): Promise<SendOutcome>;
}

const memoOf = (task: number): string => `keyboards.${task}`;

/** How long a second step stays possible where that is longer than the wait it was asked in. */
const LASTS: Readonly<Record<string, 'attempt' | 'task'>> = {
  stop: 'task',
  rollback: 'attempt',
  revert: 'attempt',
};
type Lasting = 'wait' | 'attempt' | 'task';

const lastingOf = (state: string): Lasting => {
  const parts = state.split('.').length;
  if (parts === 1) return 'task';
  return parts === 2 ? 'attempt' : 'wait';
};

/** `live` or `ended`; `stage.attempt`; and for buttons of one wait which visit of it. */
function stateOf(view: RunView, lasting: Lasting): string {
  const { stage, attempt } = view.task;
  const entered = enteredWait(view);
  if (lasting === 'task') return view.now.kind === 'ended' ? 'ended' : 'live';
  if (lasting === 'attempt' || (entered === null && view.now.kind !== 'ended')) return `${stage}.${attempt}`;
  return `${stage}.${attempt}.${view.now.kind}.${entered ?? view.now.since}`;
}

/** What the person is asked in a second step; undefined for other buttons. */
function askedBy(rows: ButtonRows): string | undefined {
  const specs = rows.flat().flatMap((spec) => ('url' in spec ? [] : [spec]));
  const yes = specs.find(({ action }) => action === 'yes');
  return yes && (JSON.parse(yes.payload ?? '{}') as { action?: string }).action;
}

export function createOpenKeyboards(env: Env, parts: { sender: Sender; lanes: Lanes }): OpenKeyboards {
  const { sender, lanes } = parts;
  const { store, control } = env;
  const read = (task: number): OpenKeyboard[] =>
    JSON.parse(store.memo(memoOf(task)) ?? '[]') as OpenKeyboard[];
  const write = (task: number, rows: readonly OpenKeyboard[]): void =>
    store.putMemo(memoOf(task), JSON.stringify(rows));
  const without = (task: number, chat: string, message: number): OpenKeyboard[] =>
    read(task).filter((row) => row.chat !== chat || row.message !== message);

  const passed = (task: number): OpenKeyboard[] => {
    const view = control.view(task);
    if (view === null) return [];
    return read(task).filter((row) => row.state !== stateOf(view, lastingOf(row.state)));
  };

  const clear = ({ chat, message, step }: OpenKeyboard): Promise<SendOutcome> =>
    lanes.push(chat, PRIORITY.card, () =>
      step
        ? sender.editNow(chat, message, linesHtml([[textsOf(env, chat).t('ask-passed')]]))
        : sender.unbuttonNow(chat, message),
    );

  const sweep = async (task: number): Promise<SendOutcome> => {
    let result: SendOutcome = { class: 'ok' };
    for (const row of passed(task)) {
      const outcome = await clear(row);
      if (outcome.class === 'failed' && outcome.permanent !== true) result = outcome;
      else write(task, without(task, row.chat, row.message));
    }
    return result;
  };

  return {
    sweep,
    opened({ chat, message, rows, view }) {
      const task = view.task.id;
      if (rows.flat().every((spec) => 'url' in spec)) return;
      const asked = askedBy(rows);
      const state = stateOf(view, LASTS[asked ?? ''] ?? 'wait');
      write(task, [...without(task, chat, message), { chat, message, state, step: asked !== undefined }]);
      if (passed(task).length > 0) void sweep(task);
    },
    closed(task, chat, message) {
      const left = without(task, chat, message);
      if (left.length === read(task).length) return false;
      write(task, left);
      return true;
    },
  };
}
