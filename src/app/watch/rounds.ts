import type { Duties } from '../../processors/index.ts';
import type { Dispatcher } from '../../queues/dispatcher.ts';
import type { AgentHosts } from '../hosts/able-hosts.ts';
import type { Crew } from '../hosts/crew.ts';
import type { Resilience } from '../hosts/resilience.ts';
import type { Parts } from '../parts.ts';
import { pruneRunLogs } from '../surfaces/run-logs.ts';
import { backUpOrTell, backupsOf } from './backups.ts';
import { beatLeases, type DutiesDeps, fireTimers } from './duties.ts';
import type { ForgeWatch } from './forge-watch.ts';
import type { PlaneWatch } from './plane-watch.ts';
import type { Reconciling } from './reconciling.ts';
import { keepRepositories } from './repo-upkeep.ts';

export interface RoundsDeps {
  parts: Parts;
  duties: DutiesDeps;
  dispatcher: Pick<Dispatcher, 'nudge'>;
  forgeWatch: Pick<ForgeWatch, 'process'>;
  planeWatch: Pick<PlaneWatch, 'process'>;
  reconciling: Pick<Reconciling, 'tick'>;
  crew: Pick<Crew, 'reaper'>;
  resilience: Pick<Resilience, 'recheck'>;
  hosts: AgentHosts;
}

const DAY_MS = 86_400_000;

/** What the repeated jobs of the `system` queue do, round by round (REC-10). */
export function roundsOf({ parts, duties, ...rooms }: RoundsDeps): Duties {
  const { house, config, place } = parts;
  const { now, log } = place;
  const labelsOf = ({ repo }: { repo: string }) => parts.project(repo).workerLabels ?? [];
  return {
    async dispatch() {
      fireTimers(duties);
      rooms.dispatcher.nudge();
      // Not awaited: a forge or a tracker that is away delays no timer (TRK-7).
      void rooms.forgeWatch.process();
      void rooms.planeWatch.process();
    },
    reconcile: () => rooms.reconciling.tick(),
    async reap() {
      beatLeases(duties, config.merge.leaseReclaimEnabled);
      await rooms.crew.reaper.tick();
      await rooms.resilience.recheck(rooms.hosts, labelsOf);
    },
    async prune() {
      pruneRunLogs(parts);
      house.chat.pruneAudit(now() - config.db.auditKeepDays * DAY_MS);
      const before = now() - config.server.deliveryKeepDays * DAY_MS;
      house.deliveries.prune(before);
      house.outbox.prune(before);
      house.chat.pruneSpent(before);
      await keepRepositories(parts);
    },
    backup: () =>
      backUpOrTell({
        ...{ house, dir: backupsOf(config), keep: config.db.backupKeep },
        ...{ at: now(), log },
      }),
  };
}
