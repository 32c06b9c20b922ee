import type { PingKind, Sound, TextParams } from '../pipeline/effects.ts';
import type { RunView } from '../pipeline/view.ts';
import { chatsOfProject, chatsOfTask, privateCopyFor, systemChats } from './audience.ts';
import type { PingRow } from './chat-store.ts';
import type { Env } from './env.ts';
import { type Lanes, PRIORITY } from './lanes.ts';
import type { OpenKeyboards } from './open-keyboards.ts';
import { sendPing } from './ping-send.ts';
import { WAIT_OF_PING } from './ping-states.ts';
import type { PublishResult } from './publisher.ts';
import { isMuted } from './quiet.ts';
import type { Sender } from './send.ts';
import type { SendOutcome } from './send-class.ts';
import { stateKind } from './sentence.ts';
import type { Topics } from './topics.ts';

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

export interface PingerParts {
  env: Env;
  lanes: Lanes;
  sender: Sender;
  topics: Topics;
  keyboards: OpenKeyboards;
  refreshCard: (task: number) => Promise<unknown>;
  onUnreachable: (chat: string) => void;
}

const KEEP_MS = 86_400_000;
const CARD_FIRST_MS = 5000;

/** The state it is about: what a reply to it means (RPL-1). */
function waitOf(ping: PingKind, view: RunView | null): string | null {
  const wait = WAIT_OF_PING[ping];
  if (view === null) return null;
  return wait === undefined || wait === 'any' ? stateKind(view.now) : wait;
}

const rowOf = (request: PingRequest, chat: string, view: RunView | null): PingRow => ({
  cause: `${request.task ?? request.repo ?? 'system'}.${request.cause}`,
  chat,
  task: request.task,
  seq: request.seq,
  ping: request.ping,
  sound: request.sound,
  params: request.repo ? { repo: request.repo, ...request.params } : request.params,
  stage: view?.task.stage ?? null,
  attempt: view?.task.attempt ?? null,
  waiting: waitOf(request.ping, view),
  createdAt: request.at,
  sentAt: null,
  message: null,
  droppedAt: null,
});

/** Who hears of it: the reporting chats, and a creator who could not see it there (PING-5). */
async function audience(env: Env, request: PingRequest, view: RunView | null): Promise<string[]> {
  if (view === null) return request.repo ? chatsOfProject(env, request.repo) : systemChats(env);
  const chats = chatsOfTask(env, view);
  const copy = request.sound === 'silent' ? null : await privateCopyFor(env, view, chats);
  return copy === null ? chats : [...chats, copy];
}

/** Writes down what each chat is owed; a known cause or a muted chat owes nothing (PING-1, QUIET-2). */
function owe(env: Env, request: PingRequest, about: { view: RunView | null; chats: string[] }): void {
  const { store, timers } = env;
  const { view, chats } = about;
  const repo = view?.task.repo ?? request.repo ?? null;
  for (const chat of chats) {
    const row = rowOf(request, chat, view);
    if (store.ping(row.cause, chat)) continue;
    const { task, sound } = request;
    const muted = isMuted(store, { chat, repo, task, sound, at: timers.now() });
    store.putPing(muted ? { ...row, droppedAt: timers.now() } : row);
  }
}

/** Sends pings in order, once per cause and chat (section 8). */
export function createPinger(parts: PingerParts): Pinger {
  const { env, lanes } = parts;
  const { control, store, timers } = env;
  const flushing = new Map<string, Promise<SendOutcome>>();

  const guarded = async (row: PingRow): Promise<SendOutcome> => {
    try {
      return await sendPing(parts, row);
    } catch (error) {
      env.counters.error();
      env.log.error({ taskId: row.task, err: error }, 'a ping could not be sent');
      return { class: 'failed', description: String(error) };
    }
  };

  /** Everything owed to a chat, oldest first; nothing overtakes a ping of its task that failed (ORD-2). */
  const flush = async (chat: string): Promise<SendOutcome> => {
    const stuck = new Set<number | null>();
    let result: SendOutcome = { class: 'ok' };
    for (const row of store.pendingPings(chat)) {
      if (stuck.has(row.task)) continue;
      const outcome = await lanes.push(chat, PRIORITY.ping, () => guarded(row));
      if (outcome.class === 'ok') continue;
      if (outcome.unreachable) parts.onUnreachable(chat);
      if (timers.now() - row.createdAt > KEEP_MS) store.putPing({ ...row, droppedAt: timers.now() });
      stuck.add(row.task);
      result = outcome;
    }
    return result;
  };

  /** One flush of a chat at a time; a request that arrives meanwhile gets its own afterwards. */
  const flushed = (chat: string): Promise<SendOutcome> => {
    const next = (flushing.get(chat) ?? Promise.resolve()).then(() => flush(chat));
    flushing.set(chat, next);
    return next;
  };

  const attempt = (chat: string): Promise<SendOutcome> => {
    const ms = lanes.pausedMs(chat);
    return ms > 0 ? Promise.resolve({ class: 'failed', retryAfterS: Math.ceil(ms / 1000) }) : flushed(chat);
  };

  return {
    async ping(request) {
      const view = request.task === null ? null : control.view(request.task);
      const chats = await audience(env, request, view);
      owe(env, request, { view, chats });
      if (request.task !== null) {
        await Promise.race([parts.refreshCard(request.task), timers.sleep(CARD_FIRST_MS)]);
      }
      const outcomes = await Promise.all(chats.map(attempt));
      return outcomes.find((outcome) => outcome.class === 'failed') ?? { class: 'ok' };
    },
  };
}
