import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { createCleanup } from '../../../src/app/cleanup.ts';
import { claimWhile } from '../../../src/app/hosts/claim-while.ts';
import { silentLogger } from '../../../src/log.ts';
import { createCancelListener } from '../../../src/queues/cancel.ts';
import { LookAgain, type Processors } from '../../../src/queues/catalog.ts';
import { createWorkers } from '../../../src/queues/worker.ts';
import { withRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

const redis = withRedis();
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const owned = (): Redis => redis.connect();

/** A host that may claim duties or not, and what it has done. */
function hostThat(wanted: () => boolean) {
  const log = silentLogger();
  const done: string[] = [];
  const { prefix } = redis;
  const cancel = createCancelListener({ subscriber: owned(), reader: owned(), prefix, log });
  const processors = {
    reap: async (_: unknown, { jobId }: { jobId: string }) => {
      if (!wanted()) throw new LookAgain(20);
      done.push(jobId);
    },
  } as unknown as Processors;
  const workers = createWorkers({ connect: owned, prefix, processors, cancel, lockMs: 10_000, log }, [
    { queue: 'system', concurrency: 1 },
  ]);
  const cleanup = createCleanup(log);
  const look = claimWhile({ workers, wanted, what: 'duties', cleanup, log });
  closing.push(async () => {
    await cleanup.undo();
    await workers.close('test');
    await cancel.close();
  });
  return { done, look };
}

test('AGENT-44 a host that is not ready claims nothing, which another one does; ready again, it goes on', async () => {
  const queue = new Queue('system', { connection: owned(), prefix: redis.prefix });
  closing.push(() => queue.close());
  const first = { ready: false };
  const second = { ready: true };
  const a = hostThat(() => first.ready);
  await queue.add('reap', {}, { jobId: 'one' });
  const b = hostThat(() => second.ready);
  await until(() => b.done.length === 1, { what: 'the ready host has done it' });
  second.ready = false;
  await b.look();
  first.ready = true;
  await queue.add('reap', {}, { jobId: 'two' });
  await a.look();
  await until(() => a.done.length === 1, { what: 'the other one has done the next' });
  expect([a.done, b.done]).toEqual([['two'], ['one']]);
});
