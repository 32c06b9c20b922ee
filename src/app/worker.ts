import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadedConfig } from '../config/load.ts';
import { AppError, describeError } from '../errors.ts';
import { createHttpClient } from '../http-client.ts';
import { createRedactor } from '../log.ts';
import { createRunAgent } from '../processors/run-agent.ts';
import { type CancelListener, createCancelListener } from '../queues/cancel.ts';
import { PAYLOAD_VERSION, type Processors } from '../queues/catalog.ts';
import { createConnections } from '../queues/connection.ts';
import { createStartRate, type StartRate } from '../queues/start-rate.ts';
import { createWorkers } from '../queues/worker.ts';
import type { Shutdown } from '../shutdown.ts';
import { findAgentUser } from './agent-user.ts';
import { type AgentHost, createReadiness, createRunner, DEMO_AGENTS, homeOf } from './agents.ts';
import { startAnnouncing } from './announcing.ts';
import { refusalOfHost } from './claims.ts';
import { createCleanup } from './cleanup.ts';
import { createHolding, type Holding } from './holding.ts';
import { clearWay, endLeftovers } from './leftovers.ts';
import type { Place } from './parts.ts';
import { createRooms, type Rooms } from './rooms.ts';
import { openSpool, runOnce } from './run-once.ts';
import { traceJobs, traceTo } from './tracing-jobs.ts';

export interface WorkerAppOptions {
  place: Place;
  loaded: LoadedConfig;
  shutdown: Shutdown;
  /** Directory of scripted agents, where the runner is `scripted`. Default: the demo's. */
  scriptedDir?: string;
}

const S = 1000;
const HTTP_TIMEOUT_MS = 10_000;

/**
 * A worker host (REC-180): claims agent runs from the Redis of a control process elsewhere. It has Redis and git
 * and no database; what a run needs is in its job. Throws AppError `no-redis-url` or `no-worker-role`.
 */
export function startWorker({ place, loaded, shutdown, scriptedDir = DEMO_AGENTS }: WorkerAppOptions): void {
  const { config } = loaded;
  const url = redisUrlOf(loaded);
  const cleanup = createCleanup(place.log);
  void traceTo(config.server.otlpEndpoint, place, cleanup);
  const { log } = place;
  const { jobLockMs, workerCapacity, agentStartsPerMin } = config.redis;
  const connections = createConnections({ url }, config.redis.prefix, log);
  const { prefix } = connections;
  cleanup.add('redis connections', () => connections.close());
  const reader = connections.worker();
  const cancel = createCancelListener({ subscriber: connections.worker(), reader, prefix, log });
  cleanup.add('cancel channel', () => cancel.close());
  const spool = openSpool(config.server.runsDir);
  const preflight = { ok: true, detail: '' };
  const announcer = startAnnouncing({
    ...{ worker: randomUUID(), connections, prefix, spool, log, now: place.now },
    lostMs: config.redis.workerLostS * S,
    self: {
      name: config.redis.workerName,
      roles: config.redis.workerRoles.filter((role) => role === 'agents'),
      labels: [...(config.redis.workerLabels ?? [])],
      capacity: workerCapacity,
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
    now: place.now,
  });
  cleanup.add('announcements', () => announcer.close());
  const { processors, readiness } = processorsOf({
    place,
    loaded,
    scriptedDir,
    cancel,
    holding,
    spool,
    preflight,
    rate: createStartRate(reader, { prefix, perMinute: agentStartsPerMin, now: place.now }),
  });
  // What a dead worker of this host left running is ended; a new run of the task waits for that (REC-24, REC-63).
  endLeftovers(config.server.runsDir).catch((error: unknown) =>
    log.warn({ err: describeError(error) }, 'orphaned runs could not be ended'),
  );
  const workers = createWorkers(
    {
      ...{ connect: connections.worker, prefix, processors, cancel, lockMs: jobLockMs, log },
      newerPayload: (payload) =>
        log.warn(
          { payload, reads: PAYLOAD_VERSION },
          'a job of a newer program was put back; update this host',
        ),
    },
    [{ queue: 'agents', concurrency: workerCapacity }],
  );
  cleanup.add('workers', () => workers.close('shutdown'));
  cleanup.handTo(shutdown);
}

function redisUrlOf({ config }: LoadedConfig): string {
  const { url, workerRoles } = config.redis;
  if (url === undefined) {
    throw new AppError(
      'no-redis-url',
      'A worker needs the Redis of its control process; ORCH_REDIS_URL is unset.',
      {
        fault: 'user',
        hint: 'Set ORCH_REDIS_URL to the same server on both hosts, then start the worker again.',
      },
    );
  }
  if (!workerRoles.includes('agents')) {
    throw new AppError(
      'no-worker-role',
      `A worker takes "agents"; ORCH_WORKER_ROLES is "${workerRoles.join(',')}".`,
      {
        fault: 'user',
        hint: 'Add agents to ORCH_WORKER_ROLES; gates run with the control process.',
      },
    );
  }
  return url;
}

interface Means {
  place: Place;
  loaded: LoadedConfig;
  scriptedDir: string;
  cancel: CancelListener;
  holding: Holding;
  spool: ReturnType<typeof openSpool>;
  rate: StartRate;
  /** Kept up to date for the announcements. */
  preflight: { ok: boolean; detail: string };
}

function processorsOf(means: Means) {
  const { place, loaded, scriptedDir, cancel, holding, spool, preflight, rate } = means;
  const { env, home, log, now } = place;
  const { config, secrets } = loaded;
  const redact = createRedactor(secrets);
  const host: AgentHost = {
    config,
    secrets,
    redact,
    env,
    home,
    host: config.redis.workerName,
    scriptedDir,
    user: findAgentUser(config.agents.user),
    now,
    log,
  };
  const readiness = createReadiness(host);
  const runAgent = createRunAgent({
    workspace: workspaceOf(means, redact),
    agent: createRunner(host),
    place: { host: host.host, home: homeOf(host) },
    // Caps and breaker were checked by the control process when it planned the run.
    refusal: async () => {
      const refusal = refusalOfHost(await readiness.check(), host.host);
      Object.assign(preflight, { ok: refusal === null, detail: refusal?.reason ?? '' });
      return refusal;
    },
    // Whoever supersedes a run orders its end (AGENT-56).
    fenceHolds: async (task, fence) => (await cancel.covers(task, fence)) === null,
    clearWay: (request) => clearWay(config.server.runsDir, request),
    hold: holding.hold,
    random: Math.random,
    now,
  });
  // The other queues are never claimed here.
  const lostMs = config.redis.workerLostS * S;
  const processors = {
    'run-agent': runOnce({ runAgent, spool, rate, labels: config.redis.workerLabels ?? [], lostMs, log }),
  };
  return { processors: traceJobs(processors as unknown as Processors), readiness };
}

function workspaceOf({ place, loaded }: Means, redact: (text: string) => string): Rooms['workspace'] {
  const { env, home, log, now, version } = place;
  const { config, secrets } = loaded;
  const noDatabase = () => {
    throw new AppError('no-database', 'A worker host has no database.');
  };
  const rooms = createRooms({
    config,
    secrets,
    redact,
    place: { path: env.PATH ?? '', home },
    checksEnv: {},
    forgeStore: new Proxy({}, { get: noDatabase }) as never,
    lease: { acquire: noDatabase, holds: noDatabase, release: noDatabase },
    http: createHttpClient({ userAgent: `Orchestrator/${version}`, timeoutMs: HTTP_TIMEOUT_MS, redact }),
    now,
    sleep: async (ms) => void (await delay(ms)),
    log,
  });
  return rooms.workspace;
}
