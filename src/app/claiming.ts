import type { Processors } from '../queues/catalog.ts';
import { createWorkers, watchForStalls } from '../queues/worker.ts';
import type { Cleanup } from './cleanup.ts';
import type { Parts } from './parts.ts';
import type { Queueing } from './queueing.ts';

export interface ClaimingDeps {
  parts: Parts;
  queueing: Queueing;
  processors: Processors;
  cleanup: Cleanup;
}

/**
 * Starts the workers of the control process. Without `agents` in `ORCH_WORKER_ROLES` it claims no runs and only
 * watches that the workers which do are alive (REC-180, REC-23); gates need its database and leases, so they always
 * run here.
 */
export function startWorkers({ parts, queueing, processors, cleanup }: ClaimingDeps): void {
  const { redis } = parts.config;
  const { connections, listener } = queueing;
  const runsAgents = redis.workerRoles.includes('agents');
  const deps = {
    connect: connections.worker,
    prefix: connections.prefix,
    processors,
    cancel: listener,
    lockMs: redis.jobLockMs,
    log: parts.place.log,
    newerPayload(version: number) {
      queueing.newer.payload = version;
    },
  };
  const agents = { queue: 'agents', concurrency: redis.workerCapacity } as const;
  const workers = createWorkers(deps, [
    { queue: 'stages', concurrency: 4 },
    ...(runsAgents ? [agents] : []),
    { queue: 'gates', concurrency: redis.gateConcurrency },
    { queue: 'delivery', concurrency: 4 },
    { queue: 'tracker', concurrency: 2 },
    { queue: 'chat', concurrency: 4 },
    { queue: 'system', concurrency: 1 },
  ]);
  cleanup.add('workers', () => workers.close('shutdown'));
  if (runsAgents) return;
  const stalls = watchForStalls(deps, 'agents');
  cleanup.add('stall watch', () => stalls.close());
}
