import { randomUUID } from 'node:crypto';
import type { LoadedConfig } from '../config/load.ts';
import { AppError } from '../errors.ts';
import { createCancelListener } from '../queues/cancel.ts';
import { PAYLOAD_VERSION } from '../queues/catalog.ts';
import { createConnections } from '../queues/connection.ts';
import { createStartRate } from '../queues/start-rate.ts';
import { createWorkers, type WorkerOptions } from '../queues/worker.ts';
import type { Shutdown } from '../shutdown.ts';
import { DEMO_AGENTS } from './agents.ts';
import { startAnnouncing } from './announcing.ts';
import { createCleanup } from './cleanup.ts';
import { createHolding } from './holding.ts';
import { endLeftovers } from './leftovers.ts';
import type { Place } from './parts.ts';
import type { Role } from './placement.ts';
import { openSpool } from './run-once.ts';
import { traceTo } from './tracing-jobs.ts';
import { createWorkerJobs } from './worker-jobs.ts';

export interface WorkerAppOptions {
  place: Place;
  loaded: LoadedConfig;
  shutdown: Shutdown;
  /** Directory of scripted agents, where the runner is `scripted`. Default: the demo's. */
  scriptedDir?: string;
}

const S = 1000;

/**
 * A worker host (REC-180): claims agent runs and gates that need git only from the Redis of a control process
 * elsewhere. It has no database; what a step needs is in its job. Throws AppError `no-redis-url` or `no-worker-role`.
 */
export function startWorker({ place, loaded, shutdown, scriptedDir = DEMO_AGENTS }: WorkerAppOptions): void {
  const { config } = loaded;
  const url = redisUrlOf(loaded);
  const cleanup = createCleanup(place.log);
  void traceTo(config.server.otlpEndpoint, place, cleanup);
  const { log, now } = place;
  const { jobLockMs, agentStartsPerMin, workerRoles } = config.redis;
  const connections = createConnections({ url }, config.redis.prefix, log);
  const { prefix } = connections;
  cleanup.add('redis connections', () => connections.close());
  const reader = connections.worker();
  const cancel = createCancelListener({ subscriber: connections.worker(), reader, prefix, log });
  cleanup.add('cancel channel', () => cancel.close());
  const spool = openSpool(config.server.runsDir);
  const preflight = { ok: true, detail: '' };
  // What a dead worker of this host left running is ended; a new run of the task waits for that (REC-24, REC-63).
  const leftovers = endLeftovers(config.server.runsDir, { ended: () => announcer.now(), log });
  const announcer = startAnnouncing({
    ...{ worker: randomUUID(), connections, prefix, spool, leftovers, log, now },
    lostMs: config.redis.workerLostS * S,
    self: {
      name: config.redis.workerName,
      roles: [...workerRoles],
      labels: [...(config.redis.workerLabels ?? [])],
      capacity: config.redis.workerCapacity,
      version: place.version,
    },
    runs: () => holding.runs(),
    preflight: () => ({ ...preflight }),
    standDown(reason) {
      log.warn({ reason }, 'control wants no work of this program: nothing is claimed any more');
      void workers.pause();
    },
  });
  const holding = createHolding({
    changed: () => announcer.now(),
    ended: ({ outcome }) => void (outcome === 'auth' && readiness.invalidate()),
    now,
  });
  cleanup.add('announcements', () => announcer.close());
  const rate = createStartRate(reader, { prefix, perMinute: agentStartsPerMin, now });
  const { processors, readiness } = createWorkerJobs({
    ...{ place, loaded, scriptedDir, cancel, holding, spool, preflight, rate },
  });
  const workers = createWorkers(
    {
      ...{ connect: connections.worker, prefix, processors, cancel, lockMs: jobLockMs, log },
      newerPayload: (payload) =>
        log.warn(
          { payload, reads: PAYLOAD_VERSION },
          'a job of a newer program was put back; update this host',
        ),
    },
    [...new Set(workerRoles)].map((role) => claimOf(config.redis)[role]),
  );
  cleanup.add('workers', () => workers.close('shutdown'));
  cleanup.handTo(shutdown);
}

type Limits = Pick<LoadedConfig['config']['redis'], 'workerCapacity' | 'gateConcurrency'>;

const claimOf = ({ workerCapacity, gateConcurrency }: Limits): Record<Role, WorkerOptions> => ({
  agents: { queue: 'agents', concurrency: workerCapacity },
  gates: { queue: 'checks', concurrency: gateConcurrency },
});

function redisUrlOf({ config }: LoadedConfig): string {
  const { url, workerRoles } = config.redis;
  if (workerRoles.length === 0)
    throw new AppError('no-worker-role', 'A worker takes "agents", "gates" or both; it found neither.', {
      fault: 'user',
      hint: 'Correct ORCH_WORKER_ROLES, or remove it.',
    });
  if (url !== undefined) return url;
  throw new AppError(
    'no-redis-url',
    'A worker needs the Redis of its control process; ORCH_REDIS_URL is unset.',
    {
      fault: 'user',
      hint: 'Set ORCH_REDIS_URL to the same server on both hosts, then start the worker again.',
    },
  );
}
