import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../src/log.ts';
import { findRedisBinary } from '../../src/queues/redis-binary.ts';

/** Outlives a run, so that a machine without redis-server fetches it once. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/orchestrator', import.meta.url));

/** A Redis server program; fetched when the machine has none. */
export const redisBinary = (): Promise<string> =>
  findRedisBinary({ pathEnv: process.env.PATH ?? '', dataDir: CACHE, download: true, log: silentLogger() });
