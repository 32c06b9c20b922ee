import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Logger } from '../log.ts';

/** Stops work of a task whose fence is at or below `fence` (AGENT-59). */
const CancelOrder = z.object({ task: z.number(), fence: z.number(), reason: z.string() });
export type CancelOrder = z.infer<typeof CancelOrder>;

const KEEP_S = 7 * 86_400;

const keyOf = (prefix: string, task: number): string => `${prefix}:cancelled:${task}`;
const channelOf = (prefix: string): string => `${prefix}:cancel`;

/** Sends cancel orders: a message for whoever holds the job now, a key for whoever takes it later. */
export function createCanceller(redis: Redis, prefix: string): (order: CancelOrder) => Promise<void> {
  return async (order) => {
    const text = JSON.stringify(order);
    // The key first: who reads it late knows what who listens hears now.
    await Promise.all([
      redis.set(keyOf(prefix, order.task), text, 'EX', KEEP_S),
      redis.publish(channelOf(prefix), text),
    ]);
  };
}

export interface CancelListener {
  /** The order that covers this work, if one was given. */
  covers(task: number, fence: number): Promise<CancelOrder | null>;
  /** Calls `stop` as soon as an order covers this work; returns the way to stop listening. */
  watch(task: number, fence: number, stop: (order: CancelOrder) => void): () => void;
  close(): Promise<void>;
}

export interface CancelListenerDeps {
  /** A connection of its own: it goes into subscriber mode. */
  subscriber: Redis;
  reader: Redis;
  prefix: string;
  log: Logger;
  /** How often the keys are read besides the messages, in milliseconds. Default 2000 (AGENT-59). */
  pollMs?: number;
}

/** Hears cancel orders in the process that holds a job; BullMQ's own cancel reaches only its own process. */
export function createCancelListener(deps: CancelListenerDeps): CancelListener {
  const { subscriber, reader, prefix, log } = deps;
  const watches = new Set<{ task: number; fence: number; stop: (order: CancelOrder) => void }>();

  const tell = (order: CancelOrder): void => {
    for (const watch of [...watches]) {
      if (watch.task === order.task && watch.fence <= order.fence) watch.stop(order);
    }
  };
  const parse = (raw: string | null): CancelOrder | null =>
    raw === null ? null : CancelOrder.parse(JSON.parse(raw));

  async function covers(task: number, fence: number): Promise<CancelOrder | null> {
    const order = parse(await reader.get(keyOf(prefix, task)));
    return order !== null && fence <= order.fence ? order : null;
  }

  async function poll(): Promise<void> {
    const tasks = [...new Set([...watches].map(({ task }) => task))];
    for (const task of tasks) {
      const order = parse(await reader.get(keyOf(prefix, task)));
      if (order) tell(order);
    }
  }

  const report = (error: Error): void => log.debug({ err: error.message }, 'cancel channel error');
  subscriber.subscribe(channelOf(prefix)).catch(report);
  subscriber.on('message', (_, raw) => {
    const order = parse(raw);
    if (order) tell(order);
  });
  const timer = setInterval(() => void poll().catch(report), deps.pollMs ?? 2000);
  timer.unref();

  return {
    covers,
    watch(task, fence, stop) {
      const watch = { task, fence, stop };
      watches.add(watch);
      return () => watches.delete(watch);
    },
    async close() {
      clearInterval(timer);
      watches.clear();
      subscriber.disconnect();
    },
  };
}
