import { createCancelListener, createCanceller } from '../queues/cancel.ts';
import { type Connections, createConnections, type RedisAddress, watchUp } from '../queues/connection.ts';
import { createEmbeddedRedis } from '../queues/embedded-redis.ts';
import { createEpoch, type Epoch } from '../queues/epoch.ts';
import { createPublisher, type Publisher } from '../queues/publisher.ts';
import { findRedisBinary } from '../queues/redis-binary.ts';
import type { Cleanup } from './cleanup.ts';
import type { Parts } from './parts.ts';
import { epochValue } from './watch/redis-loss.ts';

export interface Queueing {
  connections: Connections;
  /** The connection of producers. */
  producer: ReturnType<Connections['producer']>;
  /** Since when Redis has answered without a break; null while it is away. */
  upSince: () => number | null;
  publisher: Publisher;
  cancel: ReturnType<typeof createCanceller>;
  listener: ReturnType<typeof createCancelListener>;
  epoch: Epoch;
  /** Version of a payload met that only a newer program reads; null where none was (REC-172). */
  newer: { payload: number | null };
}

/** The Redis of the settings, or the embedded one, started or adopted (REC-186). */
async function findRedis({ config, place }: Parts, cleanup: Cleanup): Promise<RedisAddress> {
  const { url, serverBin } = config.redis;
  if (url !== undefined) return { url };
  const { log, now, env } = place;
  const { dataDir } = config.server;
  const bin = await findRedisBinary({
    pathEnv: env.PATH ?? '',
    explicit: serverBin,
    dataDir,
    download: true,
    log,
  });
  const server = await createEmbeddedRedis({ dataDir, serverBin: bin, log, now });
  cleanup.add('redis', () => server.stop());
  return { socket: server.socketPath };
}

/** Connects producers and listeners. Redis away is no reason not to start (REC-19). */
export async function startQueueing(parts: Parts, cleanup: Cleanup): Promise<Queueing> {
  const { config, place } = parts;
  const { log } = place;
  const { jobKeepDoneH } = config.redis;
  const connections = createConnections(await findRedis(parts, cleanup), config.redis.prefix, log);
  const { prefix } = connections;
  cleanup.add('redis connections', () => connections.close());
  const producer = connections.producer();
  await new Promise<void>((resolve) => {
    producer.once('ready', resolve);
    producer.once('error', () => resolve());
  });
  const upSince = watchUp(producer, place.now);
  const publisher = createPublisher({ connection: producer, prefix, keepDoneH: jobKeepDoneH, log });
  cleanup.add('queues', () => publisher.close());
  const listener = createCancelListener({
    subscriber: connections.worker(),
    reader: connections.worker(),
    prefix,
    log,
  });
  cleanup.add('cancel channel', () => listener.close());
  return {
    connections,
    producer,
    upSince,
    publisher,
    cancel: createCanceller(producer, prefix),
    listener,
    epoch: createEpoch(producer, prefix, epochValue(parts.house)),
    newer: { payload: null },
  };
}
