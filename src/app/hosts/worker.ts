import { randomUUID } from 'node:crypto';
import type { Preflight } from '../../agent/preflight.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { AppError } from '../../errors.ts';
import { createCancelListener } from '../../queues/cancel.ts';
import { PAYLOAD_VERSION } from '../../queues/catalog.ts';
import { createConnections } from '../../queues/connection.ts';
import { createStartRate } from '../../queues/start-rate.ts';
import { createWorkers, type WorkerOptions, type Workers, type WorkersDeps } from '../../queues/worker.ts';
import type { Shutdown } from '../../shutdown.ts';
import { type Cleanup, createCleanup } from '../cleanup.ts';
import { watchEventLoop } from '../event-loop.ts';
import type { Place } from '../parts.ts';
import { traceTo } from '../tracing-jobs.ts';
import { DEMO_AGENTS } from './agents.ts';
import { startAnnouncing } from './announcing.ts';
import { claimWhile } from './claim-while.ts';
import { announced } from './claims.ts';
import { createHolding } from './holding.ts';
import { endLeftovers } from './leftovers.ts';
import { openSpool } from './run-once.ts';
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
  watchEventLoop({ log: place.log }, cleanup);
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
  let found: Preflight | undefined;
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
    preflight: () => announced(found),
    standDown(reason) {
      log.warn({ reason }, 'control wants no work of this program: nothing is claimed any more');
      claims.stop();
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
    ...{ place, loaded, scriptedDir, cancel, holding, spool, rate },
    notReady: () => void claims.look(),
  });
  const deps: WorkersDeps = {
    ...{ connect: connections.worker, prefix, processors, cancel, lockMs: jobLockMs, log },
    newerPayload: (payload) =>
      log.warn(
        { payload, reads: PAYLOAD_VERSION },
        'a job of a newer program was put back; update this host',
      ),
  };
  const isReady = async (): Promise<boolean> => {
    const before = found?.ready;
    found = await readiness.check();
    if (found.ready !== before) announcer.now();
    return found.ready;
  };
  const claims = startClaiming(deps, { settings: config.redis, isReady, cleanup });
  cleanup.handTo(shutdown);
}

interface ClaimingOptions {
  settings: LoadedConfig['config']['redis'];
  isReady: () => Promise<boolean>;
  cleanup: Cleanup;
}

/** Claims what the roles say; model jobs only while this host is ready for them (AGENT-44). */
function startClaiming(
  deps: WorkersDeps,
  { settings: { workerRoles, workerCapacity, gateConcurrency }, isReady, cleanup }: ClaimingOptions,
): { stop(): void; look(): Promise<void> } {
  let stopped = false;
  const claiming: Workers[] = [];
  const claim = (options: WorkerOptions): Workers => {
    const workers = createWorkers(deps, [options]);
    claiming.push(workers);
    return workers;
  };
  cleanup.add('workers', async () => void (await Promise.all(claiming.map((one) => one.close('shutdown')))));
  if (workerRoles.includes('gates')) claim({ queue: 'checks', concurrency: gateConcurrency });
  const agents = workerRoles.includes('agents')
    ? claim({ queue: 'agents', concurrency: workerCapacity })
    : null;
  const wanted = async (): Promise<boolean> => !stopped && (await isReady()) && !stopped;
  const look =
    agents === null
      ? async () => undefined
      : claimWhile({ workers: agents, wanted, what: 'agents', cleanup, log: deps.log });
  return {
    look,
    stop() {
      stopped = true;
      for (const workers of claiming) void workers.pause();
    },
  };
}

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
