import type { FaultKind } from '../fault.ts';

const S = 1000;
const redisKind = (kind: Omit<FaultKind, 'resource' | 'aims'>): FaultKind => ({
  ...kind,
  resource: 'redis',
  aims: [],
});
const EPOCH = 'orch:epoch';
const FILLED_MS = 30 * S;

export const REDIS: readonly FaultKind[] = [
  redisKind({
    name: 'redis killed',
    how: 'SIGKILL to the server',
    heals: 'started again after a second with what its log kept',
    weight: 3,
    holdMs: S,
    boundMs: FILLED_MS,
    async inject({ house: { redis } }) {
      await redis.kill();
      return { what: 'the server', heal: () => redis.start(), noticed: async () => redis.has(EPOCH) };
    },
  }),
  redisKind({
    name: 'redis restarted empty',
    how: 'SIGKILL, its data directory removed',
    heals: 'started again at once, empty',
    weight: 3,
    holdMs: 0,
    boundMs: FILLED_MS,
    async inject({ house: { redis } }) {
      await redis.kill();
      await redis.start({ empty: true });
      return { what: 'all of it', noticed: async () => redis.has(EPOCH) };
    },
  }),
  redisKind({
    name: 'redis flushed',
    how: 'FLUSHALL',
    heals: 'by the system itself',
    weight: 4,
    holdMs: 0,
    boundMs: FILLED_MS,
    async inject({ house: { redis } }) {
      await redis.flush();
      return { what: 'all of it', noticed: async () => redis.has(EPOCH) };
    },
  }),
  redisKind({
    name: 'redis slow',
    how: 'every piece on the line is 150 ms late',
    heals: 'after 3 s',
    weight: 3,
    holdMs: 3 * S,
    boundMs: null,
    async inject({ house: { redis } }) {
      redis.line.delayMs = 150;
      return {
        what: 'the line',
        heal: () => {
          redis.line.delayMs = 0;
        },
      };
    },
  }),
  redisKind({
    name: 'redis paused',
    how: 'CLIENT PAUSE for 2 s',
    heals: 'by itself',
    weight: 2,
    holdMs: 2 * S,
    boundMs: null,
    async inject({ house: { redis } }) {
      await redis.pause(2 * S);
      return { what: 'all clients' };
    },
  }),
  redisKind({
    name: 'redis away',
    how: 'the line is cut and refuses',
    heals: 'mended after 4 s',
    weight: 3,
    holdMs: 4 * S,
    boundMs: null,
    async inject({ house: { redis } }) {
      redis.line.cut();
      return { what: 'the line', heal: () => redis.line.mend() };
    },
  }),
];
