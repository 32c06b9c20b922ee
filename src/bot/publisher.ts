import type { RunView } from '../pipeline/view.ts';
import { chatsOfTask } from './audience.ts';
import { type CardDrawer, isFinal } from './card-draw.ts';
import { createStop, type Env, textsOf } from './env.ts';
import { type Lanes, PRIORITY } from './lanes.ts';
import type { OpenKeyboards } from './open-keyboards.ts';
import type { Sender } from './send.ts';
import type { SendOutcome } from './send-class.ts';

/** What a chat job learns (PUB-5); `failed` is retried by the publisher too, so a lost job loses no card. */
export type PublishResult = Pick<SendOutcome, 'class' | 'retryAfterS'>;

export interface Publisher {
  /** Shows the newest state of a task in all its chats; bursts collapse into one edit (PUB-1). */
  refresh(task: number): Promise<PublishResult>;
  /** Posts the card anew below; the old message says so (`/task`). */
  repost(task: number, chat: string): Promise<void>;
  /** Gives the cards of a task fresh buttons (CB-9). */
  renew(task: number): Promise<void>;
  /** Posts the cards of open tasks in reporting chats that have none yet (LOCAL-5). */
  postMissing(): Promise<void>;
  /** Sends the cards of a project's open tasks anew to a chat that lost their messages (TOPIC-3). */
  postAnew(chat: string, repo: string): Promise<void>;
  /** Publishes what an earlier process left unshown (PUB-9). */
  resume(): void;
  stop(): void;
}

export interface PublisherParts {
  env: Env;
  lanes: Lanes;
  sender: Sender;
  drawer: CardDrawer;
  keyboards: OpenKeyboards;
  onUnreachable: (chat: string) => void;
}

/** What this process knows about one card. */
interface Slot {
  running: Promise<SendOutcome> | null;
  dirty: boolean;
  tries: number;
  core: string;
  editedAt: number;
  wakeAt: number | null;
}

/** Open tasks looked at when cards may be missing. */
const OPEN_MAX = 500;
/** Of a card whose message is no longer the one to edit. */
const UNSENT = { message: null, shownHash: null, keyboard: null, buttonsHash: null };
const FINAL_KEEP_MS = 86_400_000;
const BACKOFF_MIN_MS = 2000;
const BACKOFF_MAX_MS = 300_000;
const UNREACHABLE_RETRY_MS = 3_600_000;

/** Keeps every card equal to its task: one message per task and chat, newest state last (section 7.1). */
export function createPublisher(parts: PublisherParts): Publisher {
  const { env, lanes, sender } = parts;
  const { store } = env;
  const desk = createDesk(parts);
  const paused = (chat: string): SendOutcome | null => {
    const ms = lanes.pausedMs(chat);
    return ms > 0 ? { class: 'failed', retryAfterS: Math.ceil(ms / 1000) } : null;
  };
  const refresh: Publisher['refresh'] = async (task) => {
    const view = env.control.view(task);
    if (!view) return { class: 'ok' };
    const shownIn = store.cardsOf(task).map(({ chat }) => chat);
    const all = new Set([...chatsOfTask(env, view), ...shownIn]);
    const chats = [...all].filter((chat) => chat !== env.settings.goneChat);
    const outcomes = await Promise.all(
      chats.map((chat) => {
        const blocked = paused(chat);
        const shown = desk.show(task, chat, view);
        return blocked ?? shown;
      }),
    );
    const swept = await parts.keyboards.sweep(task);
    const ended = [...outcomes, swept];
    return ended.find((outcome) => outcome.class === 'failed') ?? ended[0] ?? { class: 'ok' };
  };
  return {
    refresh,
    async repost(task, chat) {
      const card = store.card(task, chat);
      if (card?.message) {
        void sender.edit(chat, card.message, [[textsOf(env, chat).t('card-moved')]]);
        store.putCard({ ...card, ...UNSENT });
      }
      await desk.show(task, chat);
    },
    async renew(task) {
      for (const card of store.cardsOf(task)) store.putCard({ ...card, shownHash: null, keyboard: null });
      await refresh(task);
    },
    resume() {
      for (const card of store.unshownCards())
        if (card.chat !== env.settings.goneChat) void desk.show(card.task, card.chat);
    },
    async postAnew(chat, repo) {
      for (const { task } of openTasks(env, repo)) {
        const card = store.card(task.id, chat);
        if (card === null) continue;
        store.putCard({ ...card, ...UNSENT });
        void desk.show(task.id, chat);
      }
    },
    async postMissing() {
      for (const view of openTasks(env, null)) {
        const chats = chatsOfTask(env, view);
        if (chats.some((chat) => store.card(view.task.id, chat) === null)) await refresh(view.task.id);
      }
    },
    stop: desk.stop,
  };
}

const openTasks = ({ control }: Env, repo: string | null) =>
  control.list({ filter: 'open', repo, scope: null, user: '', offset: 0, limit: OPEN_MAX }).views;

interface Desk {
  /** `seen` is the task as it was read just now. */
  show(task: number, chat: string, seen?: RunView): Promise<SendOutcome>;
  stop(): void;
}

/** One card at a time: coalesces, holds back what is only live, tries again what failed. */
function createDesk(parts: PublisherParts): Desk {
  const { env, lanes, drawer } = parts;
  const { control, timers } = env;
  const slots = new Map<string, Slot>();
  const stopping = createStop();

  const slotOf = (task: number, chat: string): Slot => {
    const key = `${task} ${chat}`;
    const known = slots.get(key);
    if (known) return known;
    const slot: Slot = { running: null, dirty: false, tries: 0, core: '', editedAt: 0, wakeAt: null };
    slots.set(key, slot);
    return slot;
  };

  const publish = async (task: number, chat: string): Promise<SendOutcome> => {
    const slot = slotOf(task, chat);
    slot.dirty = false;
    const view = control.view(task);
    if (!view) return { class: 'ok' };
    const drawing = drawer.draw(view, chat);
    const outcome = await drawer.show(drawing, chat);
    if (outcome.class === 'failed') return outcome;
    Object.assign(slot, { core: drawing.core, editedAt: timers.now(), tries: 0 });
    return outcome;
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

  /** After a failure the card stays dirty and is tried again; never a second card (PUB-5, PUB-9). */
  const failed = (task: number, chat: string, outcome: SendOutcome): void => {
    const slot = slotOf(task, chat);
    if (outcome.unreachable) parts.onUnreachable(chat);
    if (gaveUp(env, task, chat)) return;
    const backoff = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** slot.tries);
    slot.tries += 1;
    if (outcome.retryAfterS !== undefined) later(task, chat, lanes.pausedMs(chat));
    else later(task, chat, outcome.unreachable ? UNREACHABLE_RETRY_MS : backoff);
  };

  const show: Desk['show'] = (task, chat, seen) => {
    const slot = slotOf(task, chat);
    slot.dirty = true;
    if (slot.running !== null) return slot.running;
    const view = seen ?? control.view(task);
    if (view === null) return Promise.resolve({ class: 'ok' });
    const hold = holdBackMs(parts, { view, chat, slot });
    if (hold > 0) {
      later(task, chat, hold);
      return Promise.resolve({ class: 'ok' });
    }
    slot.running = lanes
      .push(chat, isFinal(view) ? PRIORITY.finalCard : PRIORITY.card, () => guarded(task, chat))
      .then((outcome) => {
        slot.running = null;
        if (outcome.class === 'failed') failed(task, chat, outcome);
        else if (slot.dirty) void show(task, chat);
        return outcome;
      });
    return slot.running;
  };

  return { show, stop: () => stopping.abort() };
}

/** How long an edit that changes only live activity still waits (PUB-3); 0 = it may go. */
function holdBackMs(parts: PublisherParts, card: { view: RunView; chat: string; slot: Slot }): number {
  const { env, lanes, drawer } = parts;
  const { view, chat, slot } = card;
  const row = env.store.card(view.task.id, chat);
  if (!row?.shownHash) return 0;
  const drawing = drawer.draw(view, chat);
  if (drawing.core !== slot.core || drawing.buttonsHash !== row.buttonsHash) return 0;
  const { activityIntervalMs } = env.settings;
  if (lanes.budgetLeft(chat) < 0.5) return activityIntervalMs;
  return Math.max(0, slot.editedAt + activityIntervalMs - env.timers.now());
}

/** A final state that could not be shown for a day is lost, and says so in `/health` (PUB-9). */
function gaveUp(env: Env, task: number, chat: string): boolean {
  const card = env.store.card(task, chat);
  if (!card || card.dueSince === null || env.timers.now() - card.dueSince < FINAL_KEEP_MS) return false;
  env.store.putCard({ ...card, state: 'lost' });
  env.log.error({ taskId: task, chat }, 'a final card could not be shown for a day');
  return true;
}
