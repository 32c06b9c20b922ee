import { randomUUID } from 'node:crypto';
import type { AgentRun } from '../../agent/port.ts';
import { createMuster } from '../../queues/announce.ts';
import type { Announcement } from '../../queues/announcement.ts';
import type { Cleanup } from '../cleanup.ts';
import type { Hearing } from '../hearing.ts';
import type { Parts } from '../parts.ts';
import type { Queueing } from '../queueing.ts';
import { startAnnouncing } from './announcing.ts';
import { createHolding, type Holding } from './holding.ts';
import type { InHand } from './in-hand.ts';
import { createReaper, type Reaper } from './reaper.ts';
import { createRollCall, type RollCall } from './roll-call.ts';
import { openSpool } from './run-once.ts';

export interface CrewDeps {
  parts: Parts;
  queueing: Queueing;
  hearing: Pick<Hearing, 'ended'>;
  inHand: InHand;
  /** Of this host, as it was found last. */
  preflight: () => Announcement['preflight'];
  /** A run of this process has ended. */
  ended: (run: AgentRun) => void;
  cleanup: Cleanup;
}

/** Everybody who works for this control process, itself included, and what becomes of those who no longer do. */
export interface Crew {
  roll: RollCall;
  reaper: Reaper;
  holding: Holding;
  spool: ReturnType<typeof openSpool>;
  /** Worker hosts beside this process that are heard, connected and of its version: they may be given work (AGENT-60). */
  others(): Promise<readonly Announcement[]>;
  /** Asks all workers to say what they have in hand (REC-41). */
  call(): void;
}

const S = 1000;
/** Id under which the control process before this one announced its runs. */
const WORKER = 'control-worker';

export async function createCrew(deps: CrewDeps): Promise<Crew> {
  const { parts, queueing, hearing, inHand, cleanup } = deps;
  const { config, house, place } = parts;
  const { now, log } = place;
  const { connections, cancel, publisher } = queueing;
  const { prefix } = connections;
  const spool = openSpool(config.server.runsDir);
  const listener = connections.worker();
  const lostMs = config.redis.workerLostS * S;
  const muster = createMuster({
    ...{ speaker: queueing.producer, listener, prefix, log },
    heard(announcement) {
      roll.heard(announcement);
      const { worker, lost } = announcement;
      if (lost.length > 0) void reaper.left(lost).then(() => acknowledge(worker, lost));
    },
  });
  cleanup.add('muster', () => muster.close());
  const { acknowledge, standDown } = muster;
  const roll = createRollCall({
    ...{ house, hearing, publisher, cancel, acknowledge, standDown, lostMs, now, log },
    version: place.version,
  });
  const reaper = createReaper({
    ...{ house, roll, spool, cancel, now, log },
    runsDir: config.server.runsDir,
    limits: reapLimits(parts),
    ownLimitMs: ownLimitOf(parts),
    inHand: inHand.tasks,
    upSince: queueing.upSince,
    detected: parts.metrics.detected,
    isConnected: muster.isConnected,
    tipOf: async (task) => {
      const { mirror } = parts.rooms.workspace.open(parts.project(task.repo));
      await mirror.fetch();
      return mirror.head(task.branch);
    },
  });
  await reaper.boot(house.chat.memo(WORKER));
  const worker = randomUUID();
  house.chat.putMemo(WORKER, worker);
  const announcer = startAnnouncing({
    ...{ worker, connections, prefix, spool, lostMs, now, log, preflight: deps.preflight },
    // Control and its own workers are one program.
    standDown: () => undefined,
    self: {
      name: config.redis.workerName,
      roles: [...config.redis.workerRoles],
      labels: [...(config.redis.workerLabels ?? [])],
      capacity: config.redis.workerCapacity,
      version: place.version,
    },
    runs: () => holding.runs(),
  });
  const holding = createHolding({ changed: () => announcer.now(), ended: deps.ended, now });
  cleanup.add('announcements', () => announcer.close());
  async function others(): Promise<readonly Announcement[]> {
    const heard = roll.ready().filter((last) => last.worker !== worker);
    const connected = await Promise.all(
      heard.map((last) => muster.isConnected(last.worker).catch(() => false)),
    );
    return heard.filter((_, index) => connected[index]);
  }
  return { roll, reaper, holding, spool, others, call: muster.call };
}

function reapLimits({ config }: Parts) {
  const { reaper, redis } = config;
  return {
    lostMs: redis.workerLostS * S,
    deadLooks: reaper.deadTicks,
    finalizeGraceMs: reaper.finalizeGraceS * S,
    maxRunningMs: reaper.maxRunningS * S,
  };
}

function ownLimitOf({ config: { agents } }: Parts): (role: string) => number {
  const own: Readonly<Record<string, number | undefined>> = agents.timeoutOverridesJson ?? {};
  return (role) => ((own[role] ?? agents.timeoutSeconds) + agents.killGraceSeconds) * S;
}
