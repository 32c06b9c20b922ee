import type { Redis } from 'ioredis';
import { silentLogger } from '../log.ts';
import { createConnections, type RedisAddress } from './connection.ts';

/** What a server says of itself; undefined where it does not tell (REC-47). */
export interface RedisFacts {
  version: string | undefined;
  /** `noeviction` is the only one under which no job is lost. */
  evictionPolicy: string | undefined;
  appendOnly: boolean | undefined;
  /** Snapshots are configured. */
  snapshots: boolean | undefined;
  usedBytes: number | undefined;
  /** 0 = no limit of its own. */
  maxBytes: number | undefined;
  /** Epoch ms by its clock. */
  clock: number | undefined;
}

/** Asks a server about itself and changes nothing; rejects when it does not answer within `timeoutMs`. */
export async function inspectRedis(address: RedisAddress, timeoutMs: number): Promise<RedisFacts> {
  const connections = createConnections(address, '', silentLogger());
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    const redis = connections.worker();
    // A wrong password is told by the connection, not by a command that waits for it.
    const refused = new Promise<never>((_, reject) => {
      redis.on('error', (error: Error) => /NOAUTH|WRONGPASS|NOPERM/.test(error.message) && reject(error));
    });
    return await Promise.race([read(redis), late, refused]);
  } finally {
    clearTimeout(timer);
    connections.close();
  }
}

async function read(redis: Redis): Promise<RedisFacts> {
  await redis.ping();
  const info = await redis.info().catch(() => '');
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const number = (name: string) => (field(name) === undefined ? undefined : Number(field(name)));
  const time = await redis.time().catch(() => null);
  const save = await setting(redis, 'save');
  return {
    version: field('valkey_version') ?? field('redis_version'),
    evictionPolicy: (await setting(redis, 'maxmemory-policy')) ?? field('maxmemory_policy'),
    appendOnly: number('aof_enabled') === undefined ? undefined : number('aof_enabled') === 1,
    snapshots: save === undefined ? undefined : save !== '',
    usedBytes: number('used_memory'),
    maxBytes: number('maxmemory'),
    clock: time === null ? undefined : Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000),
  };
}

/** Undefined where the server keeps its configuration to itself. */
async function setting(redis: Redis, name: string): Promise<string | undefined> {
  const answer = (await redis.config('GET', name).catch(() => [])) as unknown[];
  return typeof answer[1] === 'string' ? answer[1] : undefined;
}
