import type { FaultCall } from './faults.ts';

/** Telegram's published limits, counted by the server's clock. */
export interface FloodLimits {
  /** Calls per minute to one group; default 20. */
  groupPerMinute?: number;
  /** Calls per second to one chat; default 1 with short bursts, so over a window of 5 s: 5. */
  chatPerSecond?: number;
  /** Calls per second to all chats; default 30. */
  totalPerSecond?: number;
}

const COUNTED = /^(send|edit|delete|pin|unpin|createForum|editForum)/i;

/**
 * Decides whether a call is too fast: seconds to wait, or undefined. A refused call counts as well, as it
 * does at Telegram.
 */
export function createFloodControl(
  limits: FloodLimits,
  now: () => number,
): (call: FaultCall) => number | undefined {
  const { groupPerMinute = 20, chatPerSecond = 1, totalPerSecond = 30 } = limits;
  const times = new Map<string, number[]>();
  const over = (key: string, windowMs: number, limit: number): number | undefined => {
    const at = now();
    const recent = (times.get(key) ?? []).filter((time) => at - time < windowMs);
    times.set(key, [...recent, at]);
    const [oldest] = recent;
    if (recent.length < limit || oldest === undefined) return undefined;
    return Math.max(1, Math.ceil((oldest + windowMs - at) / 1000));
  };
  return ({ method, chatId }) => {
    if (!COUNTED.test(method) || method === 'sendChatAction' || chatId === undefined) return undefined;
    const waits = [over('all', 1000, totalPerSecond), over(`chat ${chatId}`, 5000, chatPerSecond * 5)];
    if (chatId < 0) waits.push(over(`group ${chatId}`, 60_000, groupPerMinute));
    const longest = Math.max(0, ...waits.filter((wait) => wait !== undefined));
    return longest > 0 ? longest : undefined;
  };
}
