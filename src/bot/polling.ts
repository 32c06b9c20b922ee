import { type Api, GrammyError } from 'grammy';
import type { Update } from 'grammy/types';
import type { Logger } from '../log.ts';
import type { Timers } from './env.ts';

/** How the chat is connected (CHAT-7, CHAT-12). */
export type Connection = 'connecting' | 'ok' | 'disconnected' | 'conflict' | 'unauthorized' | 'stopped';

/** Kinds of updates we ask for (CHAT-11). */
export const ALLOWED_UPDATES = ['message', 'edited_message', 'callback_query', 'my_chat_member'] as const;

const WORDS = {
  disconnected: 'the chat cannot be reached',
  unauthorized: 'the bot token is refused; take a valid one from @BotFather for ORCH_TELEGRAM_BOT_TOKEN',
} as const;

const LONG_POLL_S = 30;
const BACKOFF_MIN_MS = 1000;
const BACKOFF_MAX_MS = 60_000;
const CONFLICT_RETRY_MS = 60_000;

export interface PollingParts {
  /** Used for `getUpdates` only; its time-out is longer than the long poll. */
  api: Api;
  timers: Timers;
  log: Logger;
  /** Before the first `getUpdates`, after every reconnection that follows a failure of it. */
  onConnect(): Promise<void>;
  /** Stores an update; the offset moves on only after it returned (CHAT-14). */
  receive(update: Update): void;
  /** Next offset to ask for, from the store. */
  offset(): number;
}

export interface Polling {
  connection(): Connection;
  /** Resolves when polling has stopped. */
  run(): Promise<void>;
  stop(): void;
}

/** Our own loop, because ours must store before it confirms and must live with a second consumer (CHAT-11, CHAT-12). */
export function createPolling(parts: PollingParts): Polling {
  const { api, timers, log } = parts;
  const stopping = new AbortController();
  let state: Connection = 'connecting';
  let backoffMs = BACKOFF_MIN_MS;

  const connect = async (): Promise<void> => {
    await api.deleteWebhook({ drop_pending_updates: false });
    await parts.onConnect();
    if (state !== 'ok') log.info('the chat is connected');
    state = 'ok';
    backoffMs = BACKOFF_MIN_MS;
  };

  const read = async (): Promise<void> => {
    const request = { offset: parts.offset(), timeout: LONG_POLL_S, allowed_updates: ALLOWED_UPDATES };
    const updates = await api.getUpdates(request, stopping.signal as never);
    for (const update of updates) parts.receive(update);
  };

  /** Says what went wrong and how long to wait. */
  const failed = (error: unknown): number => {
    const code = error instanceof GrammyError ? error.error_code : 0;
    if (code === 409) {
      if (state !== 'conflict') log.error('another process uses this bot token');
      state = 'conflict';
      return CONFLICT_RETRY_MS;
    }
    const next = code === 401 ? 'unauthorized' : 'disconnected';
    if (state !== next) log.warn({ reason: String(error) }, WORDS[next]);
    state = next;
    const wait = backoffMs;
    backoffMs = Math.min(BACKOFF_MAX_MS, backoffMs * 2);
    return wait;
  };

  return {
    connection: () => state,
    stop: () => stopping.abort(),
    async run() {
      while (!stopping.signal.aborted) {
        try {
          if (state !== 'ok') await connect();
          await read();
        } catch (error) {
          if (stopping.signal.aborted) break;
          await timers.sleep(failed(error), stopping.signal);
        }
      }
      state = 'stopped';
    },
  };
}
