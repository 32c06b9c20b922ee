import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import { duty } from '../../src/processors/duty.ts';
import { createCancelListener } from '../../src/queues/cancel.ts';
import { DUTY_SLOTS, type Processors } from '../../src/queues/catalog.ts';
import { createPublisher } from '../../src/queues/publisher.ts';
import { applySchedules, type Schedule } from '../../src/queues/schedules.ts';
import { createWorkers } from '../../src/queues/worker.ts';
import { withRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const redis = withRedis();
const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test('a duty that does not come to an end holds up no other, and never runs twice at once (REC-10)', async () => {
  const { prefix } = redis;
  const log = silentLogger();
  const owned = () => redis.connect();
  const publisher = createPublisher({ connection: owned(), prefix, keepDoneH: 1, log });
  closing.push(() => publisher.close());
  const cancel = createCancelListener({ subscriber: owned(), reader: owned(), prefix, log });
  closing.push(() => cancel.close());
  const rounds = { dispatch: 0, reap: 0, prune: 0 };
  let letGo = (): void => undefined;
  const endless = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const counted = (name: keyof typeof rounds, work: () => Promise<void>) =>
    duty(async () => {
      rounds[name] += 1;
      await work();
    });
  const processors = {
    dispatch: counted('dispatch', async () => undefined),
    reap: counted('reap', async () => undefined),
    prune: counted('prune', () => endless),
  } as unknown as Processors;
  const workers = createWorkers({ connect: owned, prefix, processors, cancel, lockMs: 10_000, log }, [
    { queue: 'system', concurrency: DUTY_SLOTS },
  ]);
  closing.push(() => workers.close('the test is over'));
  closing.push(letGo);
  const often: Schedule[] = (['prune', 'dispatch', 'reap'] as const).map((job) => ({ job, everyMs: 50 }));
  await applySchedules(publisher, often);
  // Far more rounds than there are slots.
  const enough = 3 * DUTY_SLOTS;
  await until(() => rounds.dispatch > enough && rounds.reap > enough, { what: 'the other duties go on' });
  expect(rounds.prune).toBe(1);
});
