import type { Announcement } from '../../queues/announcement.ts';
import type { CancelListener } from '../../queues/cancel.ts';
import { DUTY_SLOTS, type Processors } from '../../queues/catalog.ts';
import { createSlots } from '../../queues/slots.ts';
import { createWorkers, type WorkerOptions, type Workers, watchForStalls } from '../../queues/worker.ts';
import type { Cleanup } from '../cleanup.ts';
import type { Parts } from '../parts.ts';
import type { Queueing } from '../queueing.ts';
import { claimWhile } from './claim-while.ts';
import type { Crew } from './crew.ts';
import { isOffered } from './placement.ts';

export interface ClaimingDeps {
  parts: Parts;
  queueing: Queueing;
  processors: Processors;
  crew: Pick<Crew, 'others'>;
  cleanup: Cleanup;
}

/** Here the database says at once what an order says to others: work of an older fence is obsolete (AGENT-56). */
const knownOrder =
  ({ tasks }: Parts['house']): CancelListener['covers'] =>
  async (task, fence) => {
    const current = tasks.fence(task);
    return current === null || fence >= current
      ? null
      : { task, fence: current - 1, reason: 'superseded by a newer state of the task' };
  };
const isUnready = ({ preflight }: Announcement): boolean => !preflight.ok;

/**
 * Starts the workers of the control process. Without `agents` in `ORCH_WORKER_ROLES` it carries out no runs and watches
 * that the workers which do are alive (REC-180, REC-23). Gates that need its database, leases or tokens
 * always run here; those that need git only are left to others without the role `gates`, while there are others.
 */
export function startWorkers({ parts, queueing, processors, crew, cleanup }: ClaimingDeps): void {
  const { redis } = parts.config;
  const { log } = parts.place;
  const { connections, listener } = queueing;
  const roles = new Set(redis.workerRoles);
  const deps = {
    connect: connections.worker,
    prefix: connections.prefix,
    processors,
    cancel: { ...listener, covers: knownOrder(parts.house) },
    lockMs: redis.jobLockMs,
    log,
    publishBelow: queueing.publisher.publishBelow,
    newerPayload(version: number) {
      queueing.newer.payload = version;
    },
  };
  const claiming: Workers[] = [];
  const start = (queues: readonly WorkerOptions[]): Workers => {
    const workers = createWorkers(deps, queues);
    claiming.push(workers);
    return workers;
  };
  cleanup.add('workers', async () => void (await Promise.all(claiming.map((one) => one.close('shutdown')))));
  const { gateConcurrency: concurrency } = redis;
  const slots = createSlots(concurrency);
  start([
    { queue: 'stages', concurrency: 4 },
    ...(roles.has('agents') ? [{ queue: 'agents', concurrency: redis.workerCapacity } as const] : []),
    { queue: 'gates', concurrency, slots },
    { queue: 'delivery', concurrency: 4 },
    { queue: 'tracker', concurrency: 2 },
    { queue: 'chat', concurrency: 4 },
    { queue: 'system', concurrency: DUTY_SLOTS },
  ]);
  const checks = start([{ queue: 'checks', concurrency, slots }]);
  if (!roles.has('gates')) {
    const wanted = async () => !isOffered(await crew.others(), { role: 'gates' });
    claimWhile({ workers: checks, wanted, what: 'checks', cleanup, log });
  }
  if (roles.has('agents')) return;
  // Where a host is not ready, control looks whether another one is, and tells why where none is (AGENT-44).
  const agents = start([{ queue: 'agents', concurrency: 1 }]);
  const unready = async () => isOffered((await crew.others()).filter(isUnready), { role: 'agents' });
  claimWhile({ workers: agents, wanted: unready, what: 'agents', cleanup, log });
  const stalls = watchForStalls(deps, 'agents');
  cleanup.add('stall watch', () => stalls.close());
}
