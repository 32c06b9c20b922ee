import type { PingKind, Sound, TextParams } from '../pipeline/effects.ts';
import type { RunView } from '../pipeline/view.ts';
import { chatsOfProject, chatsOfTask, systemChats, threadOf } from './audience.ts';
import type { ButtonRows } from './buttons.ts';
import { cardButtons } from './cards/card-buttons.ts';
import type { PingRow } from './chat-store.ts';
import { type Env, textsOf } from './env.ts';
import { bindRows, issueButtons } from './keyboard.ts';
import { type Lanes, PRIORITY } from './lanes.ts';
import type { Line } from './markup.ts';
import { renderDelayed, renderPing } from './pings.ts';
import type { PublishResult } from './publisher.ts';
import { isMuted, isQuiet } from './quiet.ts';
import type { Sender } from './send.ts';
import type { SendOutcome } from './send-class.ts';
import { stateKind, waitOf } from './sentence.ts';

/** One ping to send; the same `cause` of one task is sent once, whatever path reports it (PING-1). */
export interface PingRequest {
  /** Null for pings about a repository or the system. */
  task: number | null;
  repo?: string | null;
  ping: PingKind;
  sound: Sound;
  cause: string;
  params: TextParams;
  /** Task-log sequence of the event that caused it (ORD-2). */
  seq: number;
  /** When it was caused, epoch milliseconds. */
  at: number;
}

export interface Pinger {
  /** Sends it and every earlier one of the task that is still owed; `failed` = call again later. */
  ping(request: PingRequest): Promise<PublishResult>;
}

const KEEP_MS = 86_400_000;
/** A ping younger than this is never called delayed (ORD-3). */
const DELAYED_AFTER_MS = 60_000;
const CARD_FIRST_MS = 5000;
/** Kinds that report a state: they are void when the task has left it. */
const OF_STATE: ReadonlySet<string> = new Set([
  'approve',
  'questions',
  'confirm',
  'confirm-again',
  'pr-review',
  'rework-exhausted',
  'blocked',
  'staging-failed',
  'hold',
  'hold-no-pr',
  'cannot-verify',
  'ci-silent',
  'budget',
  'limit-manual',
  'reminder',
]);

const keyOf = (request: PingRequest): string =>
  `${request.task ?? request.repo ?? 'system'}.${request.cause}`;

export interface PingerParts {
  env: Env;
  lanes: Lanes;
  sender: Sender;
  refreshCard: (task: number) => Promise<unknown>;
  onUnreachable: (chat: string) => void;
}

/** Sends pings in order, once per cause and chat (section 8). */
export function createPinger({ env, lanes, sender, refreshCard, onUnreachable }: PingerParts): Pinger {
  const { control, store, settings, timers } = env;
  const flushing = new Map<string, Promise<SendOutcome>>();

  const rowOf = (request: PingRequest, chat: string, view: RunView | null): PingRow => ({
    cause: keyOf(request),
    chat,
    task: request.task,
    seq: request.seq,
    ping: request.ping,
    sound: request.sound,
    params: request.repo ? { repo: request.repo, ...request.params } : request.params,
    stage: view?.task.stage ?? null,
    attempt: view?.task.attempt ?? null,
    waiting: view ? stateKind(view.now) : null,
    createdAt: request.at,
    sentAt: null,
    message: null,
    droppedAt: null,
  });

  const audience = (request: PingRequest, view: RunView | null): string[] => {
    if (view) return chatsOfTask(env, view);
    return request.repo ? chatsOfProject(env, request.repo) : systemChats(env);
  };

  const isCurrent = (row: PingRow, view: RunView | null): boolean =>
    !view ||
    !OF_STATE.has(row.ping) ||
    (view.task.stage === row.stage &&
      view.task.attempt === row.attempt &&
      stateKind(view.now) === row.waiting);

  const mentionOf = (view: RunView | null, chat: string): Line | null => {
    const owner = view && waitOf(view.now);
    if (!view || !owner || !chat.startsWith('-')) return null;
    const approvers = control.projects().find((project) => project.repo === view.task.repo)?.approvers ?? [];
    const creator = view.task.createdBy.surface === 'chat' ? [view.task.createdBy.id] : [];
    const ids = approvers.length > 0 ? approvers : creator;
    const people = ids.flatMap((id) => {
      const user = store.user(Number(id));
      return user ? [{ link: user.name, url: `tg://user?id=${user.id}` }, ' '] : [];
    });
    return people.length > 0 ? people : null;
  };

  const buttonsOf = (view: RunView | null, row: PingRow, chat: string): ButtonRows => {
    const texts = textsOf(env, chat);
    if (row.ping === 'issues-found') {
      return [
        [{ text: texts.t('btn-start-them'), action: 'start-found', payload: String(row.params.repo ?? '') }],
      ];
    }
    if (!view || (!OF_STATE.has(row.ping) && waitOf(view.now) === null)) return [];
    return bindRows(cardButtons(view, texts, settings), view);
  };

  const sendOne = async (row: PingRow): Promise<SendOutcome> => {
    const view = row.task === null ? null : control.view(row.task);
    const now = timers.now();
    const { chat } = row;
    const texts = textsOf(env, chat);
    const late = now - row.createdAt > DELAYED_AFTER_MS && !isCurrent(row, view);
    const lines = late
      ? renderDelayed(row, view, texts, now)
      : renderPing(row, view, { texts, now, mention: mentionOf(view, chat) });
    const rows = late ? [] : buttonsOf(view, row, chat);
    const issued = issueButtons(store, { rows, chat, at: now, ttlMs: settings.callbackTtlMs });
    const quiet = row.sound === 'silent' || (row.sound === 'sound' && quietAt(chat, now));
    const repo = view?.task.repo ?? (typeof row.params.repo === 'string' ? row.params.repo : null);
    const outcome = await sender.sendNow({
      chat,
      thread: repo === null ? null : threadOf(env, chat, repo),
      lines,
      silent: quiet,
      ...(rows.length > 0 ? { markup: issued.markup } : {}),
    });
    if (outcome.class !== 'ok' || outcome.message === undefined) return outcome;
    store.putPing({ ...row, sentAt: now, message: outcome.message });
    store.placeCallbacks(issued.nonces, outcome.message);
    if (view) remember(view, chat, outcome.message);
    return outcome;
  };

  const quietAt = (chat: string, at: number): boolean => {
    const user = store.user(Number(chat));
    return isQuiet(user?.quietHours ?? settings.quietHours, at, user?.tz ?? settings.tz);
  };

  const remember = (view: RunView, chat: string, message: number): void => {
    const { id: task, stage, attempt, headSha: sha } = view.task;
    store.putMessage({ task, stage, attempt, sha, chat, message, waiting: stateKind(view.now) });
  };

  const guarded = async (row: PingRow): Promise<SendOutcome> => {
    try {
      return await sendOne(row);
    } catch (error) {
      env.counters.error();
      env.log.error({ taskId: row.task, err: error }, 'a ping could not be sent');
      return { class: 'failed', description: String(error) };
    }
  };

  /** Everything owed to a chat, oldest first; stops at the first failure of a task so nothing overtakes it (ORD-2). */
  const flush = async (chat: string): Promise<SendOutcome> => {
    const stuck = new Set<number | null>();
    let result: SendOutcome = { class: 'ok' };
    for (const row of store.pendingPings(chat)) {
      if (stuck.has(row.task)) continue;
      const outcome = await lanes.push(chat, PRIORITY.ping, () => guarded(row));
      if (outcome.class === 'ok') continue;
      if (outcome.unreachable) onUnreachable(chat);
      if (timers.now() - row.createdAt > KEEP_MS) store.putPing({ ...row, droppedAt: timers.now() });
      stuck.add(row.task);
      result = outcome;
    }
    return result;
  };

  /** One flush of a chat at a time; a request that arrives meanwhile gets a flush of its own afterwards. */
  const flushed = (chat: string): Promise<SendOutcome> => {
    const next = (flushing.get(chat) ?? Promise.resolve()).then(() => flush(chat));
    flushing.set(chat, next);
    return next;
  };

  return {
    async ping(request) {
      const view = request.task === null ? null : control.view(request.task);
      if (request.task !== null) {
        await Promise.race([refreshCard(request.task), timers.sleep(CARD_FIRST_MS)]);
      }
      const repo = view?.task.repo ?? request.repo ?? null;
      const chats = audience(request, view);
      for (const chat of chats) {
        const row = rowOf(request, chat, view);
        if (store.ping(row.cause, chat)) continue;
        const { task, sound } = request;
        const muted = isMuted(store, { chat, repo, task, sound, at: timers.now() });
        store.putPing(muted ? { ...row, droppedAt: timers.now() } : row);
      }
      const outcomes = await Promise.all(
        chats.map((chat) => {
          const ms = lanes.pausedMs(chat);
          return ms > 0 ? { class: 'failed' as const, retryAfterS: Math.ceil(ms / 1000) } : flushed(chat);
        }),
      );
      return outcomes.find((outcome) => outcome.class === 'failed') ?? { class: 'ok' };
    },
  };
}
