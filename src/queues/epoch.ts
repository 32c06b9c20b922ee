import type { Redis } from 'ioredis';

/** The mark by which a database knows its own Redis again (REC-40). */
export interface Epoch {
  /** True while Redis holds our mark; rejects while Redis is away. */
  holds(): Promise<boolean>;
  mark(): Promise<void>;
}

/** `value` is random and kept in the database; a restored backup brings another one (REC-162). */
export function createEpoch(redis: Redis, prefix: string, value: string): Epoch {
  const key = `${prefix}:epoch`;
  return {
    holds: async () => (await redis.get(key)) === value,
    mark: async () => void (await redis.set(key, value)),
  };
}
