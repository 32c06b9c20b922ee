import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadedConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createChatStore } from '../db/chat-store.ts';
import { openDb } from '../db/open.ts';
import type { Unreadable } from '../db/surroundings.ts';
import { describeError } from '../errors.ts';
import type { LeasePort } from '../gates/merge/lease.ts';
import { createHttpClient, type HttpClient } from '../http-client.ts';
import { createRedactor, type Logger } from '../log.ts';
import type { Project } from '../pipeline/project.ts';
import { createLocalTracker } from '../tracker/local/local-tracker.ts';
import type { Tracker } from '../tracker/port.ts';
import type { Cleanup } from './cleanup.ts';
import { createHouse, type House } from './house.ts';
import { createPlaneRoom, type PlaneRoom } from './plane.ts';
import { createLiveRegistry, type LiveRegistry } from './registry.ts';
import { createRooms, type Rooms } from './rooms.ts';
import { createMetrics, type Metrics } from './surfaces/metrics.ts';

/** What a process knows of itself and its surroundings; read once by `main`. */
export interface Place {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  host: string;
  version: string;
  commit: string | null;
  log: Logger;
  /** Epoch ms. */
  now: () => number;
  /** Waits inside a call, between its repeats. Default: a timer. */
  sleep?: (ms: number) => Promise<void>;
}

/** The parts that need no queue and no chat: stores, engine, rooms. */
export interface Parts {
  place: Place;
  config: Config;
  registry: LiveRegistry;
  /** What is in the registry now. */
  readonly projects: readonly Project[];
  /** The entry of a task's repository, also when it has left the registry (REC-8). */
  project: (repo: string) => Project;
  secrets: readonly string[];
  redact: (text: string) => string;
  house: House;
  metrics: Metrics;
  http: HttpClient;
  rooms: Rooms;
  plane: PlaneRoom;
  trackerFor: (repo: string) => Tracker;
  /** Replaced once a dispatcher listens: called after every commit. */
  onCommit: { tell: () => void };
}

const S = 1000;
const MERGE = 'merge';

/** Opens the database and builds what stands on it; nothing is started. */
export function createParts(place: Place, loaded: LoadedConfig, cleanup: Cleanup): Parts {
  const { config, secrets } = loaded;
  const { now, log, env } = place;
  const redact = createRedactor(secrets);
  const db = openDb({
    ...{ file: config.db.path, busyTimeoutMs: config.db.busyTimeoutMs },
    trustOrderedStop: true,
  });
  cleanup.add('database', () => void db.$client.close());
  const registry = createLiveRegistry(createChatStore(db));
  const { project } = registry;
  const onCommit = { tell: (): void => undefined };
  const metrics = createMetrics();
  const { decided } = metrics;
  const committed = () => onCommit.tell();
  const unreadable: Unreadable = (what, error) => {
    metrics.unreadable(what);
    log.warn(
      { what, err: describeError(error) },
      'what a task waits for cannot be read: it is not held back',
    );
  };
  const house = createHouse({ db, config, project, uuid: randomUUID, committed, decided, unreadable });
  const sleep = place.sleep ?? (async (ms: number) => void (await delay(ms)));
  const http = createHttpClient({
    userAgent: `Orchestrator/${place.version}`,
    timeoutMs: 10 * S,
    redact,
    ...(place.sleep ? { sleep } : {}),
  });
  const rooms = createRooms({
    config,
    secrets,
    redact,
    place: {
      path: env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
      home: place.home,
      // systemd gives every process of a unit this variable.
      underSystemd: env.INVOCATION_ID !== undefined,
      ...(env.SSH_AUTH_SOCK === undefined ? {} : { sshAgent: env.SSH_AUTH_SOCK }),
    },
    checksEnv: checksEnvOf(config, env),
    forgeStore: house.forge,
    lease: leasePort(house, config, now),
    http,
    now,
    sleep,
    log,
  });
  const projects = () => registry.current().projects;
  const plane = createPlaneRoom({ config, db, http, place, project, projects });
  const trackers = new Map<string, Tracker>();
  const trackerFor = (repo: string): Tracker => {
    if (project(repo).tracker === 'plane') return plane.open(repo).tracker;
    const known =
      trackers.get(repo) ?? createLocalTracker({ repo, store: house.issues, now, uuid: randomUUID });
    trackers.set(repo, known);
    return known;
  };
  return {
    ...{
      place,
      config,
      registry,
      project,
      secrets,
      redact,
      house,
      metrics,
      http,
      rooms,
      plane,
      trackerFor,
      onCommit,
    },
    get projects() {
      return projects();
    },
  };
}

/** What check commands get of our own environment (FORGE-40). */
export const checksEnvOf = ({ forge }: Config, env: Place['env']): Record<string, string> =>
  Object.fromEntries(
    (forge.checksEnvPassthrough ?? []).flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** The merge lease over its rows (SHIP-51); busy names the holder's work item. */
export function leasePort(house: House, config: Config, now: () => number): LeasePort {
  const ttlMs = config.merge.leaseTtlS * S;
  const reclaim = config.merge.leaseReclaimEnabled;
  return {
    async acquire({ repo, taskId }) {
      const holder = house.tasks.get(taskId)?.wid ?? `#${taskId}`;
      const frozen = house.gates
        .freezes(repo)
        .find(({ scope, cause }) => scope !== 'intake' && !cause.endsWith(` ${holder}`));
      if (frozen) return { kind: 'busy', holder: `a freeze: ${frozen.reason}` };
      const claim = { repo, kind: MERGE, holder, holderTask: taskId, ttlMs, reclaim } as const;
      const got = house.leases.acquire({ ...claim, at: now() });
      return got.kind === 'acquired' ? got : { kind: 'busy', holder: got.lease.holder };
    },
    holds: async ({ repo, fence }) => house.leases.holds({ repo, kind: MERGE, fence }, now()),
    release: async ({ repo, fence }) => void house.leases.release({ repo, kind: MERGE, fence }, now()),
  };
}
