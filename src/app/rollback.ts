import { offerRollback } from '../delivery/rollback.ts';
import type { Project } from '../pipeline/project.ts';
import type { House } from './house.ts';

export interface RollbackPort {
  /** Starts a rollback a person asked for (SHIP-172). */
  start(request: { deploy: string; task: number; by: string }): void;
}

export type PlannedRollback =
  | {
      ok: true;
      deploy: string;
      task: number;
      service: string;
      sha: string;
      previousSha: string;
      warning: string | null;
    }
  | { ok: false; message: string };

/** What a rollback would do, or why it may not be done (SHIP-170, SHIP-171). */
export function planRollback(
  { house, project }: { house: House; project: (repo: string) => Project },
  { repo, task }: { repo: string | null; task: number | null },
): PlannedRollback {
  const name = task === null ? repo : (house.tasks.get(task)?.repo ?? repo);
  if (name === null) return { ok: false, message: 'Say which project or task.' };
  const { service } = project(name);
  const rows = house.deploys.ofService(service, 20).filter(({ kind }) => kind === 'deploy');
  const row = task === null ? rows[0] : rows.find((one) => one.task === task);
  const candidate = row && {
    deployId: row.id,
    wid: house.tasks.get(row.task)?.wid ?? '',
    latest: rows[0]?.id === row.id,
    rolledBack: row.state === 'ROLLED_BACK' || row.result?.rolledBack === true,
    busy: rows.some(({ state }) => state === 'INITIATED'),
    previousSha: row.previousSha,
    rollbackSafe: row.result?.rollbackSafe !== false,
    rollbackReason: String(row.result?.rollbackReason ?? ''),
  };
  const offer = offerRollback(candidate ?? null);
  if (!offer.allowed || row === undefined)
    return { ok: false, message: offer.allowed ? 'Nothing was deployed yet.' : `${offer.reason}.` };
  const sha = String(row.result?.landedSha ?? row.sha);
  const warning = offer.typeWid ? offer.warning : null;
  return { ok: true, deploy: row.id, task: row.task, service, sha, previousSha: offer.previousSha, warning };
}
