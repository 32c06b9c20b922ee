import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Logger } from '../log.ts';
import { parseRedisUrl, type RedisTarget } from './redis-url.ts';

/** Where Redis is: a URL, or the unix socket of the embedded server. */
export type RedisAddress = { url: string } | { socket: string };

export interface Connections {
  /** Key prefix; in a cluster with a hash tag, because a flow spans queues and must lie in one slot. */
  readonly prefix: string;
  /** For producers: fails fast while Redis is away; the outbox tries again (REC-19). */
  producer(): Redis;
  /** For workers and event streams: waits for Redis for ever (REC-19). `name` is what `CLIENT LIST` shows. */
  worker(name?: string): Redis;
  /** Ends every connection made here without waiting for Redis. */
  close(): void;
}

/** Replies in ioredis' classic form; the newer mapping is a different type. */
type Profile = Omit<RedisOptions, 'replyMapping'>;

const retryMs = (times: number): number => Math.min(50 * 2 ** Math.min(times, 6), 2000);
const COMMON: Profile = { retryStrategy: retryMs };
const PRODUCER: Profile = {
  ...COMMON,
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  commandTimeout: 10_000,
};
const WORKER: Profile = { ...COMMON, maxRetriesPerRequest: null };

/** The two connection profiles (architecture.md section 4); every connection has an `error` listener. */
export function createConnections(address: RedisAddress, prefix: string, log: Logger): Connections {
  const target = 'url' in address && !/^unix:/i.test(address.url) ? parseRedisUrl(address.url) : null;
  const socket = 'url' in address ? address.url.replace(/^unix:\/\//i, '') : address.socket;
  const open = new Set<Redis>();
  /** Said once for all connections, not once for each. */
  const down = new Set<Redis>();
  const connect = (profile: Profile): Redis => {
    const redis = target === null ? new Redis(socket, profile) : dial(target, profile);
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
    prefix: target?.kind === 'cluster' ? `{${prefix}}` : prefix,
    producer: () => connect(PRODUCER),
    worker: (name) => connect(name === undefined ? WORKER : { ...WORKER, connectionName: name }),
    close() {
      const all = [...open];
      open.clear();
      for (const redis of all) redis.disconnect();
    },
  };
}

function dial(target: RedisTarget, profile: Profile): Redis {
  const { kind, endpoints, master, username, password, sentinelPassword, db, tls } = target;
  const options: Profile = {
    ...profile,
    db,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls === null ? {} : { tls }),
  };
  if (kind === 'cluster') {
    const { retryStrategy: _, db: __, ...redisOptions } = options;
    const cluster = new Cluster([...endpoints], {
      redisOptions,
      clusterRetryStrategy: retryMs,
      enableOfflineQueue: profile.enableOfflineQueue ?? true,
      // A certificate names the host, not the address that DNS finds for it.
      ...(tls === null ? {} : { dnsLookup: (address, callback) => callback(null, address) }),
    });
    // The same commands and events; only the type is another.
    return cluster as unknown as Redis;
  }
  if (kind === 'sentinel') {
    const sentinel: Profile = {
      ...options,
      sentinels: [...endpoints],
      name: master ?? '',
      sentinelRetryStrategy: retryMs,
      ...(sentinelPassword === null ? {} : { sentinelPassword }),
      ...(tls === null ? {} : { enableTLSForSentinelMode: true, sentinelTLS: tls }),
    };
    return new Redis(sentinel);
  }
  const [first = { host: '127.0.0.1', port: 6379 }] = endpoints;
  return new Redis({ ...options, ...first });
}

/** Names of all connections that Redis knows, over every node of a cluster. */
export async function connectionNames(redis: Redis): Promise<ReadonlySet<string>> {
  const nodes = redis instanceof Cluster ? (redis as Cluster).nodes('all') : [redis];
  const lists = await Promise.all(nodes.map(async (node) => String(await node.client('LIST'))));
  return new Set(
    lists.flatMap((list) => [...list.matchAll(/ name=(\S*) /g)].map(([, name]) => String(name))),
  );
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
