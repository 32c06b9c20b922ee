import { workerIdentity } from '../../agent/run-marker.ts';
import type { Spool } from '../../agent/spool.ts';
import type { Logger } from '../../log.ts';
import { type Announcer, connectionNameOf, createAnnouncer } from '../../queues/announce.ts';
import type { AnnouncedRun, Announcement, OfferedResult } from '../../queues/announcement.ts';
import { PAYLOAD_VERSION } from '../../queues/catalog.ts';
import type { Connections } from '../../queues/connection.ts';
import type { Leftovers } from './leftovers.ts';

export interface AnnouncingDeps {
  /** Unique for this process. */
  worker: string;
  connections: Connections;
  prefix: string;
  /** What this process says of itself besides what it has in hand. */
  self: Pick<Announcement, 'name' | 'roles' | 'labels' | 'capacity' | 'version'>;
  /** A worker not heard for so long is lost, in milliseconds. */
  lostMs: number;
  runs: () => AnnouncedRun[];
  spool: Spool<OfferedResult>;
  /** What an earlier process of this host has left; none where control looks for itself. */
  leftovers?: Pick<Leftovers, 'runs' | 'acknowledged'>;
  preflight: () => Announcement['preflight'];
  standDown: (reason: string) => void;
  now: () => number;
  log: Logger;
}

/** Announces this process to control, wherever that runs (REC-43, AGENT-54). */
export function startAnnouncing(deps: AnnouncingDeps): Announcer {
  const { worker, connections, spool, leftovers, now } = deps;
  const identity = workerIdentity();
  spool.prune(now());
  return createAnnouncer({
    speaker: connections.worker(connectionNameOf(worker)),
    listener: connections.worker(),
    prefix: deps.prefix,
    lostMs: deps.lostMs,
    log: deps.log,
    describe: () => ({
      v: 1,
      worker,
      ...deps.self,
      process: identity,
      payload: PAYLOAD_VERSION,
      preflight: deps.preflight(),
      at: now(),
      runs: deps.runs(),
      results: spool.offered(),
      lost: leftovers?.runs() ?? [],
    }),
    standDown: deps.standDown,
    acknowledged(runIds) {
      for (const runId of runIds) spool.acknowledged(runId, now());
      leftovers?.acknowledged(runIds);
    },
  });
}
