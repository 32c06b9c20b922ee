import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { openSpool, runOnce } from '../../src/app/hosts/run-once.ts';
import { silentLogger } from '../../src/log.ts';
import { step } from '../../src/processors/step.ts';
import { createCancelListener, createCanceller } from '../../src/queues/cancel.ts';
import type { JobContext, Payload, Processors, StepOutcome, StepPayload } from '../../src/queues/catalog.ts';
import { createPublisher, type StageFlow } from '../../src/queues/publisher.ts';
import { createWorkers } from '../../src/queues/worker.ts';
import { withRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const redis = withRedis();
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const owned = (): Redis => redis.connect();

const ref = (step: string, { generation = 1, fence = 3 } = {}): StepPayload => ({
  ...{ v: 1, task: 7, wid: 'SHOP-007', repo: 'shop', stage: 'review', attempt: 1 },
  ...{ generation, fence, step },
});
const flowOf = (of: { generation?: number; fence?: number } = {}): StageFlow => ({
  settle: ref('settle', of),
  steps: [{ payload: { ...ref('agent', of), input: {} }, extra: { role: 'reviewer' } }],
  priority: 40,
});

type Work = (payload: Payload<'run-agent'>, context: JobContext) => Promise<StepOutcome[]>;
const done: StepOutcome = {
  ...{ step: 'agent', outcome: 'passed', reason: '' },
  evidence: { outcome: 'ok', class: 'finished' },
};

/** A worker host of its own: connections, disk, cancel channel. `cut` takes its Redis away for good. */
function host(work: Work, settled: StepOutcome[][] = []) {
  const { prefix } = redis;
  const log = silentLogger();
  const connections: Redis[] = [];
  const open = (): Redis => {
    const connection = owned();
    connections.push(connection);
    return connection;
  };
  const cancel = createCancelListener({ subscriber: owned(), reader: owned(), prefix, log, pollMs: 50 });
  closing.push(() => cancel.close());
  const spool = openSpool(mkdtempSync(join(tmpdir(), 'orch-host-')));
  const processors = {
    'run-agent': runOnce({
      runAgent: work,
      spool,
      labels: [],
      host: 'here',
      rate: async () => 0,
      lostMs: 90_000,
      log,
    }),
    'settle-stage': async (_: unknown, { before }: JobContext) => {
      settled.push([...before]);
      return null;
    },
  } as unknown as Processors;
  const workers = createWorkers(
    { connect: open, prefix, processors, cancel, lockMs: 1000, log },
    (['stages', 'agents'] as const).map((queue) => ({ queue, concurrency: 1 })),
  );
  closing.push(() => workers.close('test'));
  return {
    spool,
    cut: () => {
      for (const connection of connections) connection.disconnect();
    },
  };
}

function publisherOf() {
  const publisher = createPublisher({
    connection: owned(),
    prefix: redis.prefix,
    keepDoneH: 1,
    log: silentLogger(),
  });
  closing.push(() => publisher.close());
  return publisher;
}

describe('a job that stalls (REC-24, REC-25)', () => {
  it('Job stalls while its child lives: no second child; late result with old fence is stale', async () => {
    const publisher = publisherOf();
    let starts = 0;
    let finish: () => void = () => undefined;
    const lives = new Promise<void>((resolve) => {
      finish = resolve;
    });
    // The frame of every step: what is cancelled before it begins never begins.
    const long: Work = step(async () => {
      starts += 1;
      await lives;
      return done;
    });
    const first = host(long);
    await publisher.publishFlow(flowOf());
    await until(() => starts === 1, { what: 'the first host runs it' });
    first.cut();
    const settled: StepOutcome[][] = [];
    host(long, settled);
    // The lock runs out, the second host gets the job and starts nothing: it looks again.
    await until(async () => (await publisher.stateOf('agents', 't7.review.1.agent')) === 'delayed', {
      what: 'the job waits for a decision',
      deadlineMs: 20_000,
    });
    expect(starts).toBe(1);
    // Control has decided: a newer publication, whose fence cancels every earlier one.
    await createCanceller(owned(), redis.prefix)({ task: 7, fence: 3, reason: 'superseded' });
    finish();
    await until(() => first.spool.offered().length === 1, { what: 'the late result is spooled' });
    expect(first.spool.offered()).toMatchObject([{ fence: 3, runId: 't7.review.1.g1' }]);
    const job = await publisher.queues.agents.getJob('t7.review.1.agent');
    await job?.promote();
    await until(() => settled.length === 1, { what: 'the old flow has ended' });
    expect([starts, settled[0]?.[0]?.outcome]).toEqual([1, 'not-run']);
  }, 60_000);
});

describe('publishing (PIPE-14)', () => {
  it('Same flow published 100 times → one execution', async () => {
    const publisher = publisherOf();
    let starts = 0;
    const settled: StepOutcome[][] = [];
    host(async (_, { before }) => {
      starts += 1;
      return [...before, done];
    }, settled);
    await Promise.all(Array.from({ length: 100 }, () => publisher.publishFlow(flowOf())));
    await until(() => settled.length === 1, { what: 'settled once' });
    for (let n = 0; n < 10; n += 1) await publisher.publishFlow(flowOf());
    expect([starts, settled.length]).toEqual([1, 1]);
  });

  it('parked and woken → generation 2 runs although generation 1 is retained', async () => {
    const publisher = publisherOf();
    const generations: number[] = [];
    const settled: StepOutcome[][] = [];
    host(async ({ generation }, { before }) => {
      generations.push(generation);
      return [...before, done];
    }, settled);
    await publisher.publishFlow(flowOf());
    await until(() => settled.length === 1, { what: 'generation 1 has settled' });
    await publisher.publishFlow(flowOf({ generation: 2, fence: 4 }));
    await until(() => settled.length === 2, { what: 'generation 2 has settled' });
    expect(generations).toEqual([1, 2]);
    expect(await publisher.stateOf('agents', 't7.review.1.agent')).toBe('completed');
  });
});
