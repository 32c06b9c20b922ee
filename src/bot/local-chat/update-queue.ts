import type { Update } from '@grammyjs/types';
import { conflict } from './refusal.ts';
import type { ChatStorage } from './storage.ts';

/** The kinds of update, as `allowed_updates` names them. */
export type UpdateKind = Exclude<keyof Update, 'update_id'>;

export interface PollRequest {
  offset?: number | undefined;
  limit?: number | undefined;
  /** Seconds to wait when nothing is queued; 0 answers at once. */
  timeout?: number | undefined;
  allowedUpdates?: readonly UpdateKind[] | undefined;
  /** Aborted when the caller hangs up; the updates then stay queued. */
  signal?: AbortSignal | undefined;
}

/** The queue of unconfirmed updates of one token, with real long polling. */
export interface UpdateQueue {
  /** Queues an update and wakes the poller. Undefined when this kind is not wanted (`allowed_updates`). */
  push(update: Omit<Update, 'update_id'>): Update | undefined;
  /**
   * getUpdates: confirms everything below `offset`, then answers with what is queued, waiting for it if
   * need be. A second poller ends the first one with 409, as in Telegram.
   */
  poll(request: PollRequest): Promise<Update[]>;
  setAllowed(kinds: readonly UpdateKind[] | undefined): void;
  allowed(): readonly UpdateKind[] | undefined;
  /** Forgets all queued updates. */
  drop(): void;
  pending(): number;
  /** Ends a waiting poll with 409 in the given words. */
  interrupt(why: string): void;
  /** Hears of every queued update; used to push to a webhook. */
  onPush(listener: (update: Update) => void): void;
  /** Ends a waiting poll with an empty answer. */
  close(): void;
}

const ALLOWED_KEY = 'allowed_updates';
/** Not delivered unless asked for by name. */
const OPT_IN: readonly string[] = ['chat_member', 'message_reaction', 'message_reaction_count'];
const MAX_TIMEOUT_S = 50;
const TWO_POLLERS = 'terminated by other getUpdates request; make sure that only one bot instance is running';

/** Creates the queue over its storage: unconfirmed updates and the sequence survive a restart. */
export function createUpdateQueue(storage: ChatStorage): UpdateQueue {
  let waiting: { wake(): void; fail(error: Error): void } | undefined;
  const listeners: ((update: Update) => void)[] = [];

  const allowed = (): readonly UpdateKind[] | undefined => {
    const saved = storage.getValue(ALLOWED_KEY);
    return saved === undefined || saved === '' ? undefined : (JSON.parse(saved) as UpdateKind[]);
  };
  const wants = (kind: string): boolean => {
    const kinds = allowed();
    return kinds && kinds.length > 0 ? kinds.includes(kind as UpdateKind) : !OPT_IN.includes(kind);
  };
  const confirm = (offset: number): void => {
    if (offset >= 0) {
      storage.confirmUpdates(offset);
      return;
    }
    const queued = storage.listUpdates({ from: 0, limit: Number.MAX_SAFE_INTEGER });
    const first = queued.at(offset) ?? queued[0];
    if (first) storage.confirmUpdates(first.update_id);
  };

  /** Resolves when woken, timed out or hung up; rejects when another poller takes over. */
  const wait = (seconds: number, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const finish = (then: () => void) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        if (waiting === self) waiting = undefined;
        then();
      };
      const wake = () => finish(resolve);
      const self = { wake, fail: (error: Error) => finish(() => reject(error)) };
      const timer = setTimeout(wake, Math.min(seconds, MAX_TIMEOUT_S) * 1000);
      signal?.addEventListener('abort', wake, { once: true });
      waiting = self;
    });

  return {
    push(update) {
      const kind = Object.keys(update)[0] ?? '';
      if (!wants(kind)) return undefined;
      const queued: Update = { update_id: storage.nextId('update'), ...update };
      storage.pushUpdate(queued);
      for (const listener of listeners) listener(queued);
      waiting?.wake();
      return queued;
    },
    async poll({ offset, limit, timeout, allowedUpdates, signal }) {
      waiting?.fail(conflict(TWO_POLLERS));
      if (allowedUpdates) storage.setValue(ALLOWED_KEY, JSON.stringify(allowedUpdates));
      if (offset !== undefined) confirm(offset);
      const count = Math.min(Math.max(limit ?? 100, 1), 100);
      const take = () => storage.listUpdates({ from: 0, limit: count });
      const ready = take();
      if (ready.length > 0 || !timeout || timeout < 0 || signal?.aborted) return ready;
      await wait(timeout, signal);
      return take();
    },
    setAllowed: (kinds) => storage.setValue(ALLOWED_KEY, kinds ? JSON.stringify(kinds) : ''),
    allowed,
    drop: () => storage.confirmUpdates(Number.MAX_SAFE_INTEGER),
    pending: () => storage.countUpdates(),
    interrupt: (why) => waiting?.fail(conflict(why)),
    onPush: (listener) => void listeners.push(listener),
    close: () => waiting?.wake(),
  };
}
