import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import { connectionNameOf, createAnnouncer, createMuster } from '../../src/queues/announce.ts';
import type { Announcement } from '../../src/queues/announcement.ts';
import { createCancelListener, createCanceller } from '../../src/queues/cancel.ts';
import type { JobContext, Processors, StepOutcome, StepPayload } from '../../src/queues/catalog.ts';
import { createConnections } from '../../src/queues/connection.ts';
import { createEpoch } from '../../src/queues/epoch.ts';
import { createPublisher } from '../../src/queues/publisher.ts';
import { createWorkers } from '../../src/queues/worker.ts';
import { answers, certificates, redisServers, type Servers } from '../support/redis-servers.ts';
import { until } from '../support/until.ts';

// REC-186: the same product over TLS, Sentinel and Cluster, each by its URL, on real servers.

let servers: Servers;
const closing: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  servers = await redisServers();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => servers.stop());

const ref = (step: string, generation: number): StepPayload => ({
  ...{ v: 1, task: 7, wid: 'SHOP-007', repo: 'shop', stage: 'review', attempt: 1 },
  ...{ generation, fence: generation, step },
});

/** Everything that speaks to Redis, over one URL. */
function over(url: string) {
  const log = silentLogger();
  const connections = createConnections({ url }, 'orch', log);
  closing.push(() => connections.close());
  const { prefix } = connections;
  const producer = connections.producer();
  const publisher = createPublisher({ connection: producer, prefix, keepDoneH: 1, log });
  closing.push(() => publisher.close());
  const cancel = createCancelListener({
    subscriber: connections.worker(),
    reader: connections.worker(),
    prefix,
    log,
  });
  closing.push(() => cancel.close());
  const settled: StepOutcome[][] = [];
  const reasons: unknown[] = [];
  const processors = {
    'run-agent': async ({ step }: StepPayload, { signal, before }: JobContext) => {
      reasons.push(signal.aborted ? signal.reason : null);
      return [...before, { step, outcome: 'passed', reason: '', evidence: {} }];
    },
    'run-check': async ({ step }: StepPayload, { before }: JobContext) => [
      ...before,
      { step, outcome: 'passed', reason: '', evidence: {} },
    ],
    'settle-stage': async (_: unknown, { before }: JobContext) => {
      settled.push([...before]);
      return null;
    },
  } as unknown as Processors;
  const workers = createWorkers(
    { connect: connections.worker, prefix, processors, cancel, lockMs: 10_000, log },
    (['stages', 'agents', 'checks'] as const).map((queue) => ({ queue, concurrency: 1 })),
  );
  closing.push(() => workers.close('test'));
  const publish = (generation: number) =>
    publisher.publishFlow({
      settle: ref('settle', generation),
      steps: [
        { payload: { ...ref('agent', generation), input: {} }, extra: { role: 'reviewer' } },
        { payload: { ...ref('gate.reviewer_verdict', generation), input: {} } },
      ],
      priority: 40,
    });
  return { connections, producer, publisher, prefix, settled, reasons, publish };
}
type Over = ReturnType<typeof over>;

/** What the product needs of its Redis: flows, cancel orders, the epoch, announcements. */
async function works({
  producer,
  publisher,
  connections,
  prefix,
  settled,
  reasons,
  publish,
}: Over): Promise<void> {
  await until(() => publisher.isUp(), { what: 'redis answers', deadlineMs: 30_000 });
  await publisher.queues.agents.setGlobalConcurrency(1);
  await publish(1);
  await until(() => settled.length === 1, { what: 'the flow has settled', deadlineMs: 30_000 });
  expect(settled[0]?.map(({ step }) => step)).toEqual(['agent', 'gate.reviewer_verdict']);
  await createCanceller(producer, prefix)({ task: 7, fence: 2, reason: 'stopped' });
  await publish(2);
  await until(() => settled.length === 2, { what: 'the cancelled flow has settled' });
  expect(reasons).toEqual([null, 'stopped']);
  const epoch = createEpoch(producer, prefix, 'ours');
  expect(await epoch.holds()).toBe(false);
  await epoch.mark();
  expect(await epoch.holds()).toBe(true);
  await announces({ connections, producer, prefix });
}

async function announces({
  connections,
  producer,
  prefix,
}: Pick<Over, 'connections' | 'producer' | 'prefix'>) {
  const log = silentLogger();
  const heard: Announcement[] = [];
  const muster = createMuster({
    ...{ speaker: producer, listener: connections.worker(), prefix, log },
    heard: (one) => void heard.push(one),
  });
  closing.push(() => muster.close());
  const acknowledged: string[] = [];
  const announcer = createAnnouncer({
    ...{ speaker: connections.worker(connectionNameOf('w1')), listener: connections.worker(), prefix, log },
    lostMs: 1500,
    describe: () => ({
      ...{
        v: 1,
        worker: 'w1',
        name: 'far',
        process: null,
        roles: ['agents'],
        labels: [],
        capacity: 1,
        version: '1',
      },
      ...{ payload: 1, preflight: { ok: true, detail: '' }, at: 1, runs: [], results: [], lost: [] },
    }),
    acknowledged: (ids) => void acknowledged.push(...ids),
    standDown: () => undefined,
  });
  closing.push(() => announcer.close());
  await until(() => heard.length > 0, { what: 'an announcement is heard' });
  await until(
    () => {
      muster.acknowledge('w1', ['r1']);
      return acknowledged.length > 0;
    },
    { what: 'an acknowledgement is heard' },
  );
  expect([await muster.isConnected('w1'), await muster.isConnected('w2')]).toEqual([true, false]);
}

describe('one Redis by URL (REC-186)', () => {
  it('over TLS with a private authority, password and database', async () => {
    const { ca, cert, key } = certificates(servers.dir);
    const tls = [
      '--tls-port',
      'PORT',
      '--tls-cert-file',
      cert,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      ca,
    ];
    const { port } = await servers.start([...tls, '--tls-auth-clients', 'no', '--requirepass', 's3cret:/']);
    const url = `rediss://:${encodeURIComponent('s3cret:/')}@localhost:${port}/2?ca=${ca}`;
    await works(over(url));
    // Without the authority nothing is believed.
    const strict = createConnections({ url: `rediss://:x@localhost:${port}` }, 'orch', silentLogger());
    closing.push(() => strict.close());
    const error = await new Promise<Error>((resolve) => strict.producer().once('error', resolve));
    expect(error.message).toMatch(/certificate/i);
  }, 60_000);

  it('plainly, with a password', async () => {
    const { port } = await servers.start(['--requirepass', 'open sesame']);
    await works(over(`redis://:open%20sesame@127.0.0.1:${port}/1`));
  }, 60_000);

  it('by the scheme of Valkey', async () => {
    const { port } = await servers.start([]);
    await works(over(`valkey://127.0.0.1:${port}`));
  }, 60_000);

  it('behind a sentinel, also after the master has died', async () => {
    const master = await servers.start([]);
    await answers(master.port, async (redis) => (await redis.ping()) === 'PONG');
    const replica = await servers.start(['--replicaof', '127.0.0.1', String(master.port)]);
    await answers(replica.port, async (redis) =>
      (await redis.info('replication')).includes('master_link_status:up'),
    );
    const sentinel = await servers.start([], {
      sentinel: [
        `sentinel monitor orch 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds orch 500',
        'sentinel failover-timeout orch 5000',
      ].join('\n'),
    });
    await answers(sentinel.port, async (redis) =>
      String(await redis.call('SENTINEL', 'REPLICAS', 'orch')).includes(String(replica.port)),
    );
    const product = over(`redis+sentinel://127.0.0.1:${sentinel.port}/orch`);
    await works(product);
    master.child.kill('SIGKILL');
    await answers(replica.port, async (redis) => (await redis.info('replication')).includes('role:master'));
    await until(
      () =>
        product.publish(3).then(
          () => true,
          () => false,
        ),
      { what: 'publishing goes on', deadlineMs: 30_000 },
    );
    await until(() => product.settled.length === 3, { what: 'work goes on', deadlineMs: 30_000 });
  }, 120_000);

  it('as a cluster of three nodes', async () => {
    const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
    const nodes = [await servers.start(cluster), await servers.start(cluster), await servers.start(cluster)];
    const SLOTS = 16_384;
    for (const [index, { port }] of nodes.entries()) {
      const from = Math.floor((index * SLOTS) / nodes.length);
      const to = Math.floor(((index + 1) * SLOTS) / nodes.length) - 1;
      await answers(port, async (redis) => (await redis.ping()) === 'PONG');
      const redis = new Redis({ port, host: '127.0.0.1' });
      await redis.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
      await redis.call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[0]?.port));
      redis.disconnect();
    }
    for (const { port } of nodes)
      await answers(port, async (redis) =>
        String(await redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
      );
    const product = over(`redis+cluster://127.0.0.1:${nodes[0]?.port},127.0.0.1:${nodes[1]?.port}`);
    expect(product.prefix).toBe('{orch}');
    await works(product);
  }, 120_000);
});
