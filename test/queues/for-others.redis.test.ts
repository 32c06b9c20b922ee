import type { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import { createCancelListener } from '../../src/queues/cancel.ts';
import { ForOthers, type Processors } from '../../src/queues/catalog.ts';
import { createPublisher } from '../../src/queues/publisher.ts';
import { createWorkers } from '../../src/queues/worker.ts';
import { withRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const redis = withRedis();
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const owned = (): Redis => redis.connect();

/** A host that works on the queue of duties. */
function host(work: () => Promise<unknown>): void {
  const log = silentLogger();
  const { prefix } = redis;
  const cancel = createCancelListener({ subscriber: owned(), reader: owned(), prefix, log });
  const processors = { reap: work } as unknown as Processors;
  const workers = createWorkers({ connect: owned, prefix, processors, cancel, lockMs: 10_000, log }, [
    { queue: 'system', concurrency: 2 },
  ]);
  closing.push(async () => {
    await workers.close('test');
    await cancel.close();
  });
}

test('AGENT-60 hosts that leave jobs to others keep off the queue meanwhile: the one that suits gets them soon', async () => {
  const publisher = createPublisher({
    ...{ connection: owned(), prefix: redis.prefix, keepDoneH: 1, log: silentLogger() },
  });
  closing.push(() => publisher.close());
  let left = 0;
  for (let n = 0; n < 3; n += 1)
    host(async () => {
      left += 1;
      throw new ForOthers();
    });
  let done = 0;
  for (let n = 1; n <= 5; n += 1) await publisher.publish('reap', {}, { jobId: `duty-${n}`, priority: 100 });
  await until(() => left > 0, { what: 'they are left' });
  host(async () => {
    done += 1;
    return null;
  });
  await until(() => done === 5, { what: 'the one that suits has done them', deadlineMs: 10_000 });
  // Each may take as many as it has slots before it steps aside, not all of them over and over.
  const before = left;
  await publisher.publish('reap', {}, { jobId: 'duty-6', priority: 100 });
  await until(() => done === 6, { what: 'the next one is done', deadlineMs: 10_000 });
  expect(left - before).toBeLessThan(20);
});
