import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import { createConnections } from '../../src/queues/connection.ts';
import { createWorkers } from '../../src/queues/worker.ts';

test('closing does not wait for a Redis that is away (REC-151)', async () => {
  const socket = join(tmpdir(), 'orch-no-such-redis.sock');
  const log = silentLogger();
  const connections = createConnections({ socket }, 'orch', log);
  const cancel = { covers: async () => null, watch: () => () => undefined, close: async () => undefined };
  const deps = {
    connect: connections.worker,
    prefix: 'x',
    processors: {} as never,
    cancel,
    lockMs: 10_000,
    log,
  };
  const workers = createWorkers(deps, [{ queue: 'agents', concurrency: 1 }]);
  const startedAt = performance.now();
  await workers.close('shutdown');
  connections.close();
  expect(performance.now() - startedAt).toBeLessThan(5000);
});
