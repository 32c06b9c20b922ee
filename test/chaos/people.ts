import { setTimeout as delay } from 'node:timers/promises';
import { editIssue } from '../support/plane/routes.ts';
import { addIssue, type FakeIssue, type FakeProject } from '../support/plane/state.ts';
import type { House } from './house/house.ts';
import { descriptionOf, type Order } from './orders.ts';
import type { TaskRow, Witness } from './witness.ts';

/** An order as it stands on the board. */
export interface Placed {
  order: Order;
  board: FakeProject;
  issue: FakeIssue;
}

/** What people did, and how often. */
export type Deeds = Map<string, number>;

export interface People {
  placed: readonly Placed[];
  deeds: Deeds;
  /** Puts the next order on the board and starts it. */
  begin(order: Order): void;
  /** Everybody looks once at what waits for them and acts. */
  look(): Promise<void>;
  /** The board's word for a task. */
  statusOf(placed: Placed): string;
}

interface Deps {
  house: House;
  witness: Witness;
}

/** A person does not repeat a click sooner than this. */
const PATIENCE_MS = 4000;
/** PLANE-31: younger confirmations were meant for something else. */
const CONFIRM_AFTER_MS = 10_500;

/** How long a person waits for the board to follow an answer. */
const AGAIN_MS = 10_000;
/** What the board shows after an answer, while the engine still waits for it; and what it showed before. */
const AGAIN: Readonly<Record<string, { waits: string; shows: string }>> = {
  Approved: { waits: 'approval', shows: 'In Review' },
  'Confirm Deploy': { waits: 'confirm', shows: 'Awaiting Deploy' },
};

/** The owners of the work: they start, approve, confirm, stop, and press Retry when they are asked to. */
export function createPeople({ house, witness }: Deps): People {
  const { servers } = house;
  const { plane, ann } = servers;
  const placed: Placed[] = [];
  const deeds: Deeds = new Map();
  const acted = new Map<string, number>();
  const count = (deed: string) => deeds.set(deed, (deeds.get(deed) ?? 0) + 1);
  /** True once per patience and key. */
  const mayAct = (key: string, waitMs = PATIENCE_MS): boolean => {
    if (performance.now() - (acted.get(key) ?? -waitMs) < waitMs) return false;
    acted.set(key, performance.now());
    return true;
  };
  const statusOf = ({ board, issue }: Placed) =>
    board.states.find(({ id }) => id === issue.state)?.name ?? '';
  const move = ({ board, issue }: Placed, name: string) => {
    const state = board.states.find((one) => one.name === name)?.id ?? '';
    editIssue(plane.api, { project: board, issue, by: ann }, { state });
    count(`moved to ${name}`);
  };
  const seenAt = new Map<string, number>();
  const byBoard = (one: Placed, { activity }: TaskRow) => {
    const status = statusOf(one);
    const key = `${one.order.n} ${status}`;
    if (!seenAt.has(key)) seenAt.set(key, performance.now());
    const ageMs = performance.now() - (seenAt.get(key) ?? 0);
    if (status === 'In Review' && mayAct(key)) move(one, 'Approved');
    if (status === 'Awaiting Deploy' && ageMs > CONFIRM_AFTER_MS && mayAct(key)) move(one, 'Confirm Deploy');
    // An answer that was refused or never heard is given again, after the board was put back.
    const asked = AGAIN[status];
    if (asked !== undefined && activity === asked.waits && ageMs > AGAIN_MS && mayAct(key, AGAIN_MS)) {
      move(one, asked.shows);
      seenAt.delete(key);
    }
    if (status !== 'Awaiting Deploy') seenAt.delete(`${one.order.n} Awaiting Deploy`);
  };
  const ASKED: Readonly<Record<string, { command: string; button: RegExp }>> = {
    approval: { command: 'approve', button: /Approve/ },
    confirm: { command: 'confirm', button: /Deploy|Merge/ },
  };
  const byHttp = async (task: TaskRow) => {
    const asked = ASKED[task.activity];
    if (asked === undefined || !mayAct(`http ${task.id} ${task.version}`)) return;
    count(`sent ${asked.command}`);
    await house.call(`/tasks/${task.wid}/${asked.command}`);
  };
  const byChat = async (task: TaskRow) => {
    const asked = ASKED[task.activity];
    if (asked === undefined || !mayAct(`chat ${task.id} ${task.version}`)) return;
    const message = servers.ada
      .messages(200)
      .findLast(({ text, ...rest }) => text?.includes(task.wid) && hasButton(rest, asked.button));
    if (message === undefined) return;
    count(`tapped ${asked.command}`);
    // The answer to a tap may be lost; the state of the card is what counts.
    await servers.ada
      .presses(asked.button, { messageId: message.message_id, deadlineMs: 3000 })
      .catch(() => undefined);
  };
  const stop = async (one: Placed, task: TaskRow) => {
    if (!['development', 'review', 'testing'].includes(task.stage) || !mayAct(`stop ${task.id}`)) return;
    if (one.order.n % 2 === 0) move(one, 'STOP');
    else {
      count('sent stop');
      await house.call(`/tasks/${task.wid}/stop`, { text: 'not needed any more' });
    }
  };
  const retry = async (one: Placed, task: TaskRow) => {
    if (one.order.end === 'blocked' && BY_DESIGN.has(causeOf(task))) return;
    if (!mayAct(`retry ${task.id} ${task.version}`)) return;
    count(`retried after ${causeOf(task)}`);
    await house.call(`/tasks/${task.wid}/retry`);
  };
  const lookAt = async (one: Placed) => {
    const task = witness.ofIssue(one.issue.id);
    // What did not arrive is done again, as anybody would.
    if (
      task === null &&
      ['Backlog', 'Blocked'].includes(statusOf(one)) &&
      mayAct(`start ${one.order.n}`, 8000)
    )
      return move(one, 'To Analyse');
    if (task === null || task.stage === 'done' || task.stage === 'cancelled') return;
    if (one.order.end === 'cancelled') await stop(one, task);
    if (task.activity === 'blocked' || task.activity === 'hold') return retry(one, task);
    if (one.order.voice === 'board') return byBoard(one, task);
    if (one.order.voice === 'http') return byHttp(task);
    if (one.order.voice === 'chat') return byChat(task);
  };
  const unfreeze = async () => {
    const frozen = witness.rows<{ repo: string; cause: string }>(
      'select repo, cause from freezes where lifted_at is null',
    );
    for (const { repo, cause } of frozen)
      if (mayAct(`unfreeze ${repo}`)) {
        count(`unfroze after ${cause}`);
        await house.call('/unfreeze', { repo });
      }
  };
  return {
    placed,
    deeds,
    statusOf,
    begin(order) {
      const board = servers.boards[order.repo];
      const issue = addIssue(board, {
        name: order.title,
        description: descriptionOf(order),
        labels: order.voice === 'labels' ? labelsOf(board) : [],
        by: ann.id,
        at: plane.api.at(),
      });
      const one = { order, board, issue };
      placed.push(one);
      plane.api.changed({ action: 'created', project: board, issue, before: {}, by: ann });
      move(one, 'To Analyse');
    },
    async look() {
      await Promise.all([...placed.map(lookAt), unfreeze()]);
      await delay(100);
    },
  };
}

/** Ends of a task whose reviewer never agrees. */
const BY_DESIGN: ReadonlySet<string> = new Set(['no-progress', 'rework-exhausted']);

export const causeOf = ({ state }: TaskRow): string =>
  String((state.activity as { cause?: unknown } | undefined)?.cause ?? 'unknown');

function labelsOf(board: FakeProject): string[] {
  for (const name of ['autoApprove', 'autoDeploy'])
    if (!board.labels.some((label) => label.name === name))
      board.labels.push({ id: crypto.randomUUID(), name, color: '' });
  return board.labels.map(({ id }) => id);
}

function hasButton(message: { reply_markup?: unknown }, button: RegExp): boolean {
  const markup = message.reply_markup as { inline_keyboard?: { text: string }[][] } | undefined;
  return (markup?.inline_keyboard ?? []).flat().some(({ text }) => button.test(text));
}
