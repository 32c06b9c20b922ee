import { createStop, type Timers } from './env.ts';
import type { SendOutcome } from './send-class.ts';

/** Precedence inside a chat (PUB-2); answers to taps do not pass a lane. */
export const PRIORITY = { reply: 0, ping: 1, finalCard: 2, card: 3 } as const;
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

export interface LaneLimits {
  minIntervalMs: number;
  groupPerMin: number;
  /** All chats together, per second. */
  totalPerSecond: number;
}

interface Item {
  priority: Priority;
  order: number;
  run: () => Promise<SendOutcome>;
  settle: (outcome: SendOutcome) => void;
}

/** When a call was made; while it is under way, when it began. */
interface Call {
  at: number;
}

interface Lane {
  items: Item[];
  sent: Call[];
  nextAt: number;
  pausedUntil: number;
  busy: boolean;
}

export interface Lanes {
  /** Runs `run` when it is this chat's turn; resolves with its outcome. */
  push(chat: string, priority: Priority, run: () => Promise<SendOutcome>): Promise<SendOutcome>;
  /** Milliseconds this chat is still paused by a 429; 0 when it is not. */
  pausedMs(chat: string): number;
  /** Share of a group's calls per minute that is still free, 1 for private chats (PUB-3). */
  budgetLeft(chat: string): number;
  /** Longest pause of any chat, for the chat block of `/queue` (PUB-6). */
  longestPauseMs(): number;
  stopped(): boolean;
  stop(): void;
}

const MINUTE_MS = 60_000;
const SECOND_MS = 1000;
/** Group ids are negative (Bot API). */
const isGroup = (chat: string): boolean => chat.startsWith('-');

/** One lane per chat: serial, paced, pausable (PUB-2, PUB-6). */
export function createLanes(timers: Timers, limits: LaneLimits, jitter: () => number = Math.random): Lanes {
  const lanes = new Map<string, Lane>();
  const stopping = createStop();
  let total: Call[] = [];
  let counter = 0;

  const laneOf = (chat: string): Lane => {
    const known = lanes.get(chat);
    if (known) return known;
    const lane: Lane = { items: [], sent: [], nextAt: 0, pausedUntil: 0, busy: false };
    lanes.set(chat, lane);
    return lane;
  };

  const within = (calls: readonly Call[], ms: number): Call[] =>
    calls.filter(({ at }) => timers.now() - at < ms);

  const waitMs = (chat: string, lane: Lane): number => {
    const now = timers.now();
    lane.sent = within(lane.sent, MINUTE_MS);
    total = within(total, SECOND_MS);
    const full = isGroup(chat) && lane.sent.length >= limits.groupPerMin;
    const groupAt = full ? (lane.sent[lane.sent.length - limits.groupPerMin]?.at ?? now) + MINUTE_MS : 0;
    const totalAt = total.length >= limits.totalPerSecond ? (total[0]?.at ?? now) + SECOND_MS : 0;
    return Math.max(lane.nextAt, lane.pausedUntil, groupAt, totalAt) - now;
  };

  const step = async (lane: Lane, item: Item): Promise<void> => {
    const call: Call = { at: timers.now() };
    lane.sent.push(call);
    total.push(call);
    const outcome = await item.run();
    // From now on counted by its end: whenever the other side saw it arrive, that was not later.
    call.at = timers.now();
    lane.nextAt = call.at + limits.minIntervalMs;
    if (outcome.retryAfterS !== undefined) {
      lane.pausedUntil = timers.now() + outcome.retryAfterS * SECOND_MS + Math.floor(jitter() * SECOND_MS);
    }
    item.settle(outcome);
  };

  const drain = async (chat: string, lane: Lane): Promise<void> => {
    lane.busy = true;
    while (lane.items.length > 0 && !stopping.signal.aborted) {
      const ms = waitMs(chat, lane);
      if (ms > 0) {
        await timers.sleep(ms, stopping.signal);
        continue;
      }
      lane.items.sort((a, b) => a.priority - b.priority || a.order - b.order);
      const item = lane.items.shift();
      if (item) await step(lane, item);
    }
    lane.busy = false;
    if (stopping.signal.aborted) for (const item of lane.items.splice(0)) item.settle({ class: 'failed' });
  };

  return {
    push: (chat, priority, run) =>
      new Promise((settle) => {
        const lane = laneOf(chat);
        lane.items.push({ priority, order: counter++, run, settle });
        if (!lane.busy) void drain(chat, lane);
      }),
    pausedMs: (chat) => Math.max(0, (lanes.get(chat)?.pausedUntil ?? 0) - timers.now()),
    budgetLeft(chat) {
      const lane = lanes.get(chat);
      if (!lane || !isGroup(chat)) return 1;
      return 1 - within(lane.sent, MINUTE_MS).length / limits.groupPerMin;
    },
    longestPauseMs: () => Math.max(0, ...[...lanes.values()].map((lane) => lane.pausedUntil - timers.now())),
    stopped: () => stopping.signal.aborted,
    stop: () => stopping.abort(),
  };
}
