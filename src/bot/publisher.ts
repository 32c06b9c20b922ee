import { createHash } from 'node:crypto';
import type { InlineKeyboardMarkup } from 'grammy/types';
import type { RunView } from '../pipeline/view.ts';
import { chatsOfTask, threadOf } from './audience.ts';
import { headState, renderCard } from './cards/card.ts';
import { cardButtons } from './cards/card-buttons.ts';
import type { CardRow } from './chat-store.ts';
import { type Env, textsOf } from './env.ts';
import { bindRows, buttonsHash, type Issued, issueButtons } from './keyboard.ts';
import { type Lanes, PRIORITY } from './lanes.ts';
import { type Line, linesHtml } from './markup.ts';
import type { Sender } from './send.ts';
import type { SendOutcome } from './send-class.ts';
import { stateKind } from './sentence.ts';

/** What a chat job learns (PUB-5); `failed` is retried by the publisher too, so a lost job loses no card. */
export type PublishResult = Pick<SendOutcome, 'class' | 'retryAfterS'>;

export interface Publisher {
  /** Shows the newest state of a task in all its chats; bursts collapse into one edit (PUB-1). */
  refresh(task: number): Promise<PublishResult>;
  /** Posts the card anew below; the old message says so (`/task`). */
  repost(task: number, chat: string): Promise<void>;
  /** Gives the cards of a task fresh buttons (CB-9). */
  renew(task: number): Promise<void>;
  /** Publishes what an earlier process left unshown (PUB-9). */
  resume(): void;
  stop(): void;
}

interface Slot {
  running: Promise<SendOutcome> | null;
  dirty: boolean;
  tries: number;
  core: string;
  editedAt: number;
  wakeAt: number | null;
}

const FINAL = new Set(['cancelled', 'done', 'blocked', 'degraded', 'rolled-back']);
const FINAL_KEEP_MS = 86_400_000;
const BACKOFF_MAX_MS = 300_000;
const UNREACHABLE_RETRY_MS = 3_600_000;
/** Buttons this near to their end are issued anew with the next edit. */
const RENEW_BEFORE_MS = 3_600_000;

const hashOf = (...parts: string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);

const emptyRow = (task: number, chat: string, thread: number | null): CardRow => ({
  task,
  chat,
  thread,
  message: null,
  desiredVersion: 0,
  desiredHash: null,
  shownVersion: 0,
  shownHash: null,
  buttonsHash: null,
  keyboard: null,
  state: 'live',
  dueSince: null,
});

interface Render {
  view: RunView;
  lines: readonly Line[];
  core: string;
  hash: string;
  buttonsHash: string;
  rows: ReturnType<typeof bindRows>;
  final: boolean;
}

/** Keeps every card equal to its task: one message per task and chat, newest state last (section 7.1). */
export function createPublisher(
  env: Env,
  lanes: Lanes,
  sender: Sender,
  onUnreachable: (chat: string) => void,
): Publisher {
  const { control, store, settings, timers } = env;
  const slots = new Map<string, Slot>();
  const stopping = new AbortController();

  const slotOf = (task: number, chat: string): Slot => {
    const key = `${task} ${chat}`;
    const slot = slots.get(key) ?? {
      running: null,
      dirty: false,
      tries: 0,
      core: '',
      editedAt: 0,
      wakeAt: null,
    };
    slots.set(key, slot);
    return slot;
  };

  const render = (view: RunView, chat: string): Render => {
    const texts = textsOf(env, chat);
    const { lines, core } = renderCard(view, texts, { idleMs: settings.activityIdleMs });
    const rows = bindRows(cardButtons(view, texts, settings), view);
    const buttons = buttonsHash(rows);
    const hash = hashOf(linesHtml(lines), buttons);
    return { view, lines, core, rows, buttonsHash: buttons, hash, final: FINAL.has(headState(view)) };
  };

  /** Same buttons keep their nonces (CB-2); others are issued, and those of another attempt superseded. */
  const keyboardOf = (card: CardRow, shown: Render, at: number): Issued => {
    if (card.keyboard !== null && card.buttonsHash === shown.buttonsHash && !endsSoon(card.keyboard, at))
      return { markup: JSON.parse(card.keyboard) as InlineKeyboardMarkup, nonces: [] };
    const { id, stage, attempt } = shown.view.task;
    store.supersedeCallbacks({ task: id, chat: card.chat, stage, attempt, at });
    return issueButtons(store, { rows: shown.rows, chat: card.chat, at, ttlMs: settings.callbackTtlMs });
  };

  const endsSoon = (keyboard: string, at: number): boolean => {
    const nonce = /c1\.([A-Za-z0-9_-]{22})/.exec(keyboard)?.[1];
    const row = nonce ? store.callback(nonce) : null;
    return (
      nonce !== undefined && (row === null || row.usedAt !== null || row.expiresAt - at < RENEW_BEFORE_MS)
    );
  };

  const remember = (card: CardRow, shown: Render, message: number): void => {
    const { view } = shown;
    const { id: task, stage, attempt, headSha: sha } = view.task;
    store.putMessage({ task, stage, attempt, sha, chat: card.chat, message, waiting: stateKind(view.now) });
  };

  const post = async (card: CardRow, shown: Render, markup: InlineKeyboardMarkup): Promise<SendOutcome> => {
    if (card.message !== null) {
      const edited = await sender.editNow(card.chat, card.message, linesHtml(shown.lines), markup);
      if (edited.class !== 'gone') return edited;
    }
    return sender.sendNow({ chat: card.chat, thread: card.thread, lines: shown.lines, markup, silent: true });
  };

  const publish = async (task: number, chat: string): Promise<SendOutcome> => {
    const view = control.view(task);
    if (!view) return { class: 'ok' };
    const slot = slotOf(task, chat);
    slot.dirty = false;
    const at = timers.now();
    const shown = render(view, chat);
    const card = store.card(task, chat) ?? emptyRow(task, chat, threadOf(env, chat, view.task.repo));
    const due = { desiredVersion: view.task.version, desiredHash: shown.hash };
    if (card.shownHash === shown.hash || view.task.version < card.shownVersion) return { class: 'ok' };
    const dueSince = shown.final ? (card.dueSince ?? at) : null;
    const state = shown.final ? ('final' as const) : ('live' as const);
    store.putCard({ ...card, ...due, dueSince, state });
    const { markup, nonces } = keyboardOf(card, shown, at);
    const outcome = await post(card, shown, markup);
    if (outcome.class === 'failed') return outcome;
    const message = outcome.message ?? card.message;
    store.putCard({
      ...card,
      ...due,
      message,
      shownVersion: view.task.version,
      shownHash: shown.hash,
      buttonsHash: shown.buttonsHash,
      keyboard: JSON.stringify(markup),
      dueSince: null,
      state,
    });
    if (message !== null) {
      store.placeCallbacks(nonces, message);
      remember(card, shown, message);
    }
    slot.core = shown.core;
    slot.editedAt = timers.now();
    slot.tries = 0;
    return outcome;
  };

  /** Milliseconds an edit that changes only live activity must still wait (PUB-3); null = not now at all. */
  const holdBackMs = (task: number, chat: string): number | null => {
    const slot = slotOf(task, chat);
    const view = control.view(task);
    const card = store.card(task, chat);
    if (!view || !card?.shownHash) return 0;
    const shown = render(view, chat);
    if (shown.core !== slot.core || shown.buttonsHash !== card.buttonsHash) return 0;
    if (lanes.budgetLeft(chat) < 0.5) return null;
    return Math.max(0, slot.editedAt + settings.activityIntervalMs - timers.now());
  };

  const later = (task: number, chat: string, ms: number): void => {
    const slot = slotOf(task, chat);
    const wakeAt = timers.now() + ms;
    if (slot.wakeAt !== null && slot.wakeAt <= wakeAt) return;
    slot.wakeAt = wakeAt;
    void timers.sleep(ms, stopping.signal).then(() => {
      if (slot.wakeAt !== wakeAt || stopping.signal.aborted) return;
      slot.wakeAt = null;
      void show(task, chat);
    });
  };

  const giveUp = (task: number, chat: string): boolean => {
    const card = store.card(task, chat);
    if (!card || card.dueSince === null || timers.now() - card.dueSince < FINAL_KEEP_MS) return false;
    store.putCard({ ...card, state: 'lost' });
    env.log.error({ taskId: task, chat }, 'a final card could not be shown for a day');
    return true;
  };

  /** After a failure the card stays dirty and is tried again; never a second card (PUB-5, PUB-9). */
  const failed = (task: number, chat: string, outcome: SendOutcome): void => {
    const slot = slotOf(task, chat);
    slot.dirty = true;
    if (outcome.unreachable) onUnreachable(chat);
    if (giveUp(task, chat)) return;
    const backoff = Math.min(BACKOFF_MAX_MS, 2000 * 2 ** slot.tries++);
    if (outcome.retryAfterS !== undefined) later(task, chat, lanes.pausedMs(chat));
    else later(task, chat, outcome.unreachable ? UNREACHABLE_RETRY_MS : backoff);
  };

  const priorityOf = (task: number) => {
    const view = control.view(task);
    return view && FINAL.has(headState(view)) ? PRIORITY.finalCard : PRIORITY.card;
  };

  const show = (task: number, chat: string): Promise<SendOutcome> => {
    const slot = slotOf(task, chat);
    slot.dirty = true;
    if (slot.running) return slot.running;
    const hold = holdBackMs(task, chat);
    if (hold === null || hold > 0) {
      later(task, chat, hold ?? settings.activityIntervalMs);
      return Promise.resolve({ class: 'ok' });
    }
    slot.running = lanes
      .push(chat, priorityOf(task), () => guarded(task, chat))
      .then((outcome) => {
        slot.running = null;
        if (outcome.class === 'failed') failed(task, chat, outcome);
        else if (slot.dirty) void show(task, chat);
        return outcome;
      });
    return slot.running;
  };

  /** Rendering must not throw into the pipeline (CHAT-4). */
  const guarded = async (task: number, chat: string): Promise<SendOutcome> => {
    try {
      return await publish(task, chat);
    } catch (error) {
      env.counters.error();
      env.log.error({ taskId: task, chat, err: error }, 'a card could not be published');
      return { class: 'failed', description: String(error) };
    }
  };

  const paused = (chat: string): SendOutcome | null => {
    const ms = lanes.pausedMs(chat);
    return ms > 0 ? { class: 'failed', retryAfterS: Math.ceil(ms / 1000) } : null;
  };

  return {
    async refresh(task) {
      const view = control.view(task);
      if (!view) return { class: 'ok' };
      const outcomes = await Promise.all(
        chatsOfTask(env, view).map((chat) => {
          const blocked = paused(chat);
          const shown = show(task, chat);
          return blocked ?? shown;
        }),
      );
      return outcomes.find((outcome) => outcome.class === 'failed') ?? outcomes[0] ?? { class: 'ok' };
    },
    async repost(task, chat) {
      const card = store.card(task, chat);
      if (card?.message) {
        const moved = textsOf(env, chat).t('card-moved');
        void sender.edit(chat, card.message, [[moved]]);
        store.putCard({ ...card, message: null, shownHash: null, keyboard: null, buttonsHash: null });
      }
      slotOf(task, chat).core = '';
      await show(task, chat);
    },
    async renew(task) {
      for (const card of store.cardsOf(task)) store.putCard({ ...card, shownHash: null, keyboard: null });
      for (const slot of store.cardsOf(task)) slotOf(task, slot.chat).core = '';
      await this.refresh(task);
    },
    resume() {
      for (const card of store.unshownCards()) void show(card.task, card.chat);
    },
    stop: () => stopping.abort(),
  };
}
