import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from '../log.ts';

/** Where Redis is: a URL, or the unix socket of the embedded server. */
export type RedisAddress = { url: string } | { socket: string };

export interface Connections {
  /** For producers: fails fast while Redis is away; the outbox tries again (REC-19). */
  producer(): Redis;
  /** For workers and event streams: waits for Redis for ever (REC-19). `name` is what `CLIENT LIST` shows. */
  worker(name?: string): Redis;
  /** Ends every connection made here without waiting for Redis. */
  close(): void;
}

/** Replies in ioredis' classic form; the newer mapping is a different type. */
type Profile = Omit<RedisOptions, 'replyMapping'>;

const COMMON: Profile = { retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2000) };
const PRODUCER: Profile = {
  ...COMMON,
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  commandTimeout: 10_000,
};
const WORKER: Profile = { ...COMMON, maxRetriesPerRequest: null };

/** The two connection profiles (architecture.md section 4); every connection has an `error` listener. */
export function createConnections(address: RedisAddress, log: Logger): Connections {
  const open = new Set<Redis>();
  /** Said once for all connections, not once for each. */
  const down = new Set<Redis>();
  const connect = (profile: Profile): Redis => {
    const redis = 'url' in address ? new Redis(address.url, profile) : new Redis(address.socket, profile);
    redis.on('error', (error) => {
      if (!open.has(redis)) return;
      if (down.size === 0) log.warn({ err: error.message }, 'redis unreachable');
      down.add(redis);
    });
    redis.on('ready', () => {
      if (down.delete(redis) && down.size === 0) log.info('redis reachable again');
    });
    redis.on('end', () => {
      open.delete(redis);
      down.delete(redis);
    });
    open.add(redis);
    return redis;
  };
  return {
    producer: () => connect(PRODUCER),
    worker: (name) => connect(name === undefined ? WORKER : { ...WORKER, connectionName: name }),
    close() {
      const all = [...open];
      open.clear();
      for (const redis of all) redis.disconnect();
    },
  };
}

/** Since when this connection has worked without a break, in `now`'s clock; null while it does not. */
export function watchUp(redis: Redis, now: () => number): () => number | null {
  let since = redis.status === 'ready' ? now() : null;
  redis.on('ready', () => {
    since = now();
  });
  redis.on('close', () => {
    since = null;
  });
  return () => since;
}
