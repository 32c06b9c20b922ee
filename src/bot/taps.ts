import type { RunView } from '../pipeline/view.ts';
import { type Deed, type Done, PERFORM } from './actions.ts';
import { type Ask, audit, type Outcome } from './ask.ts';
import type { Action } from './buttons.ts';
import type { Binding, CallbackRow } from './chat-store.ts';
import { isQueueMessage, sendQueue } from './features/queue.ts';
import { countRefusal } from './owners.ts';
import { promptFor, stepFor } from './questions.ts';
import { checkTap, meantAction, meantPayload } from './tap-check.ts';
import { SHOW, type Show } from './tap-shows.ts';
import { askTwice, endStep, stands } from './two-step.ts';

/** What a tap is answered with, and what follows the answer (CB-4). */
export interface TapAnswer extends Outcome {
  text: string;
  alert: boolean;
  after?: () => Promise<void>;
}

const bindOf = ({ task, stage, attempt, sha }: CallbackRow): Binding => ({ task, stage, attempt, sha });

const PROMPTED: ReadonlySet<Action> = new Set(['reject', 'answer']);

/** Starts a second step, a prompt or a view; null when the action takes effect at once. */
function begin(ask: Ask, row: CallbackRow, view: RunView | null): TapAnswer | null {
  const action = row.action as Action;
  const bind = bindOf(row);
  const started = { result: 'asked', binding: bind, alert: false };
  if (view && action === 'reject' && view.now.kind === 'deploying') {
    const text = ask.texts.t('answer-critical-window', { wid: view.task.wid });
    return { result: 'critical_window', binding: bind, text, alert: true };
  }
  if (view && PROMPTED.has(action)) {
    const after = async () => void (await promptFor(ask, action as 'reject' | 'answer', view, bind));
    return { ...started, text: '', after };
  }
  const step = view ? stepFor(ask, action, { view, payload: row.payload, bind }) : null;
  if (step) {
    const text = ask.texts.t('answer-two-step');
    return { ...started, text, ...(stands(ask, step) ? {} : { after: () => askTwice(ask, step) }) };
  }
  const show: Show | undefined = SHOW[action];
  if (!show) return null;
  return { result: 'ok', binding: bind, text: '', alert: false, after: () => show(ask, row, view) };
}

/** Performs an action and marks its button used in one transaction (CB-5). */
function commit(ask: Ask, row: CallbackRow, deed: Deed & { action: Action }): Done {
  const { store } = ask.house.env;
  return store.transaction(() => {
    const done = PERFORM[deed.action]?.(deed) ?? {
      result: 'unknown',
      text: ask.texts.t('answer-unknown-bare'),
    };
    if (done.result !== 'ok') return done;
    store.useCallback(row.nonce, { user: ask.user.id, at: ask.at });
    // The answer replaces the question; nothing else may write over it.
    if (row.action === 'yes' && row.task !== null && row.message !== null)
      ask.house.keyboards.closed(row.task, row.chat, row.message);
    return done;
  });
}

/** After an accepted tap its buttons go away; the card follows by itself (CB-6). */
function afterDone(ask: Ask, row: CallbackRow, text: string): () => Promise<void> {
  return async () => {
    if (row.message === null) return;
    if (row.action === 'yes') return endStep(ask.house, { chat: row.chat, message: row.message }, text);
    if (isQueueMessage(ask, row.message)) return void (await sendQueue(ask, ask.repo, row.message));
    const card = row.task === null ? null : ask.house.env.store.card(row.task, row.chat);
    if (card?.message === row.message) return;
    await ask.house.sender.unbutton(row.chat, row.message);
  };
}

function act(ask: Ask, row: CallbackRow, view: RunView | null): TapAnswer {
  if (row.action === 'no') {
    const text = ask.texts.t('answer-cancelled');
    return {
      result: 'cancelled',
      text,
      alert: false,
      after: () => endStep(ask.house, { chat: row.chat, message: row.message ?? 0 }, text),
    };
  }
  if (row.action !== 'yes') {
    const begun = begin(ask, row, view);
    if (begun) return begun;
  }
  const done = commit(ask, row, {
    ask,
    payload: meantPayload(row),
    bind: bindOf(row),
    view,
    action: meantAction(row),
  });
  const ok = done.result === 'ok';
  return { ...done, alert: !ok, ...(ok ? { after: afterDone(ask, row, done.text) } : {}) };
}

/** Decides a tap of a paired person in the order of CB-3 and records it (AUD-1). */
export function decideTap(ask: Ask, row: CallbackRow | null): TapAnswer {
  const { env } = ask.house;
  const view = row?.task === null || row === null ? null : env.control.view(row.task);
  const known = ask.message === null ? null : env.store.message(ask.chat, ask.message);
  const wid = known?.task ? (env.control.view(known.task)?.task.wid ?? null) : null;
  const refusal = checkTap({ env, texts: ask.texts, row, user: ask.user, view, at: ask.at, wid });
  const answer = refusal ? refused(ask, { row, view }, refusal) : act(ask, row as CallbackRow, view);
  audit(ask, row?.action ?? 'tap', answer);
  return answer;
}

/** Second steps that are asked anew when the task moved between the two taps; the first answer stays `stale`. */
const ASKED_ANEW: ReadonlySet<Action> = new Set(['stop']);

/** The same question about the task as it stands now, in place of the one that has become stale (CB-21). */
async function askAnew(ask: Ask, row: CallbackRow, view: RunView): Promise<void> {
  const payload = meantPayload(row);
  const step = stepFor(ask, meantAction(row), { view, payload });
  if (step) await askTwice(ask, step);
}

function refused(
  ask: Ask,
  { row, view }: { row: CallbackRow | null; view: RunView | null },
  refusal: { class: string; text: string },
): TapAnswer {
  const binding = row ? { binding: bindOf(row) } : {};
  const base = { result: refusal.class, reason: refusal.text, ...binding, text: refusal.text, alert: true };
  if (refusal.class === 'forbidden')
    return { ...base, after: () => countRefusal(ask.house, ask.user, ask.at) };
  if (refusal.class === 'expired' && row?.task) {
    const { task } = row;
    return { ...base, after: () => ask.house.publisher.renew(task) };
  }
  const anew = row?.action === 'yes' && ASKED_ANEW.has(meantAction(row));
  if (anew && view && refusal.class === 'stale') return { ...base, after: () => askAnew(ask, row, view) };
  return base;
}
