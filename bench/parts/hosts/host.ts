// A worker host that sleeps instead of working: `host.ts <HostOptions as JSON>`. Runs until it is ended.
import { startAnnouncing } from '../../../src/app/hosts/announcing.ts';
import { openSpool } from '../../../src/app/hosts/run-once.ts';
import { silentLogger } from '../../../src/log.ts';
import { createCancelListener } from '../../../src/queues/cancel.ts';
import type { Processors } from '../../../src/queues/catalog.ts';
import { createConnections } from '../../../src/queues/connection.ts';
import { createWorkers } from '../../../src/queues/worker.ts';
import { stepsTaking } from '../../system/stand-ins.ts';
import type { HostOptions } from './round.ts';

const { name, socket, prefix, dir, stepMs, atOnce }: HostOptions = JSON.parse(process.argv[2] ?? '{}');
const log = silentLogger();
const connections = createConnections({ socket }, prefix, log);
const cancel = createCancelListener({
  ...{ subscriber: connections.worker(), reader: connections.worker(), prefix, log },
});
startAnnouncing({
  ...{ worker: name, connections, prefix, log, now: Date.now, lostMs: 90_000, spool: openSpool(dir) },
  self: { name, roles: ['agents', 'gates'], labels: [], capacity: atOnce, version: '0.0.0' },
  runs: () => [],
  preflight: () => ({ ok: true, detail: '' }),
  standDown: () => undefined,
});
createWorkers(
  {
    ...{ connect: connections.worker, prefix, cancel, lockMs: 10_000, log },
    processors: stepsTaking(stepMs) as Processors,
  },
  [
    { queue: 'agents', concurrency: atOnce },
    { queue: 'checks', concurrency: atOnce },
  ],
);
