import type { Redis } from 'ioredis';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Announcement, Order } from './announcement.ts';
import { connectionNames } from './connection.ts';

/** Longest time between two announcements (REC-43). */
const ANNOUNCE_MS = 15_000;
/** Announcements that may get lost before a worker counts as lost. */
const SPARE = 3;

const upward = (prefix: string): string => `${prefix}:workers`;
const downward = (prefix: string): string => `${prefix}:worker-orders`;
/** The connection a worker is known by; Redis closes it when the process dies. */
export const connectionNameOf = (worker: string): string => `orch-worker-${worker}`;

interface Ends {
  /** Says; named after the worker on its side. */
  speaker: Redis;
  /** A connection of its own: it goes into subscriber mode. */
  listener: Redis;
  prefix: string;
  log: Logger;
}

export interface Announcer {
  /** Something began or ended: say so at once. Never throws. */
  now(): void;
  close(): Promise<void>;
}

export interface AnnouncerDeps extends Ends {
  describe: () => Announcement;
  /** A worker not heard for so long is lost, in milliseconds. */
  lostMs: number;
  acknowledged: (runIds: readonly string[]) => void;
  /** Control wants no work of this program (REC-172). */
  standDown: (reason: string) => void;
}

/** Hears every message of a channel that is what it should be; others are logged. */
function hear<T>(
  { listener, log }: Pick<Ends, 'listener' | 'log'>,
  channel: string,
  { parse, take }: { parse: (raw: unknown) => T; take: (message: T) => void },
): void {
  const failed = (error: unknown): void =>
    log.warn({ channel, err: describeError(error) }, 'message not understood');
  listener
    .subscribe(channel)
    .catch((error: unknown) => log.debug({ channel, err: describeError(error) }, 'not subscribed'));
  listener.on('message', (_, raw) => {
    try {
      take(parse(JSON.parse(raw)));
    } catch (error) {
      failed(error);
    }
  });
}

/** The worker's end: says what it has in hand until it closes (REC-43, REC-44). */
export function createAnnouncer(deps: AnnouncerDeps): Announcer {
  const { speaker, listener, prefix, log, describe, acknowledged } = deps;
  const say = (message: Announcement): Promise<unknown> =>
    speaker
      .publish(upward(prefix), JSON.stringify(message))
      .catch((error: unknown) => log.debug({ err: describeError(error) }, 'announcement not sent'));
  const now = (): void => {
    // Without Redis nobody listens, and old announcements must not queue up.
    if (speaker.status === 'ready') void say(describe());
  };
  hear({ listener, log }, downward(prefix), {
    parse: (raw) => Order.parse(raw),
    take(order) {
      if (order.kind === 'announce') return now();
      if (order.worker !== describe().worker) return;
      if (order.kind === 'stand-down') deps.standDown(order.reason);
      else acknowledged(order.runIds);
    },
  });
  speaker.on('ready', now);
  const timer = setInterval(now, Math.min(ANNOUNCE_MS, deps.lostMs / SPARE));
  timer.unref();
  now();
  return {
    now,
    async close() {
      clearInterval(timer);
      speaker.off('ready', now);
      if (speaker.status === 'ready') await say({ ...describe(), leaving: true });
      listener.disconnect();
    },
  };
}

export interface Muster {
  /** Asks every worker to announce now (REC-41). */
  call(): void;
  acknowledge(worker: string, runIds: readonly string[]): void;
  standDown(worker: string, reason: string): void;
  /** False where Redis knows no connection of this worker any more: its process is gone or cut off. */
  isConnected(worker: string): Promise<boolean>;
  close(): void;
}

/** Control's end. */
export function createMuster(deps: Ends & { heard: (announcement: Announcement) => void }): Muster {
  const { speaker, listener, prefix, log, heard } = deps;
  const send = (order: Order): void => {
    speaker
      .publish(downward(prefix), JSON.stringify(order))
      .catch((error: unknown) => log.debug({ err: describeError(error) }, 'order not sent'));
  };
  const call = (): void => send({ kind: 'announce' });
  hear({ listener, log }, upward(prefix), { parse: (raw) => Announcement.parse(raw), take: heard });
  return {
    call,
    standDown: (worker, reason) => send({ kind: 'stand-down', worker, reason }),
    acknowledge: (worker, runIds) => send({ kind: 'acknowledged', worker, runIds: [...runIds] }),
    async isConnected(worker) {
      return (await connectionNames(speaker)).has(connectionNameOf(worker));
    },
    close: () => listener.disconnect(),
  };
}
