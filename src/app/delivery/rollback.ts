import type { RollbackResult } from '../../delivery/rollback.ts';
import { offerRollback } from '../../delivery/rollback.ts';
import type { Event } from '../../pipeline/events.ts';
import type { Project } from '../../pipeline/project.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { rollbackIdOf } from '../../processors/rollback.ts';
import type { House } from '../house.ts';

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
  const ofService = house.deploys.ofService(service, 20);
  const rows = ofService.filter(({ kind }) => kind === 'deploy');
  const row = task === null ? rows[0] : rows.find((one) => one.task === task);
  const candidate = row && {
    deployId: row.id,
    wid: house.tasks.get(row.task)?.wid ?? '',
    latest: rows[0]?.id === row.id,
    rolledBack: row.state === 'ROLLED_BACK' || row.result?.rolledBack === true,
    busy: ofService.some(({ state }) => state === 'INITIATED'),
    previousSha: row.previousSha,
    rollbackSafe: row.result?.rollbackSafe !== false,
    rollbackReason: String(row.result?.rollbackReason ?? ''),
  };
  const tried = row && house.deploys.byId(rollbackIdOf(row.id));
  if (tried?.state === 'FAILED')
    return { ok: false, message: `A rollback was tried already: ${String(tried.result?.reason ?? '')}.` };
  const offer = offerRollback(candidate ?? null);
  if (!offer.allowed || row === undefined)
    return { ok: false, message: offer.allowed ? 'Nothing was deployed yet.' : `${offer.reason}.` };
  const sha = String(row.result?.landedSha ?? row.sha);
  const warning = offer.typeWid ? offer.warning : null;
  return { ok: true, deploy: row.id, task: row.task, service, sha, previousSha: offer.previousSha, warning };
}

/** Opens the row of a planned rollback and its job; a double tap starts one (SHIP-172). */
export function startRollback(
  { house, rollback, now }: { house: House; rollback: RollbackPort; now: () => number },
  plan: Extract<PlannedRollback, { ok: true }>,
  by: string,
): { ok: true; detail: string } | { ok: false; message: string } {
  const of = house.deploys.byId(plan.deploy);
  const id = rollbackIdOf(plan.deploy);
  if (of === null || house.deploys.byId(id) !== null)
    return { ok: false, message: 'A rollback of this deploy was started already.' };
  const { task, attempt, repo, service } = of;
  house.deploys.insertRollback({
    ...{ id, task, attempt, repo, service },
    ...{ sha: plan.previousSha, previousSha: plan.sha, confirmedBy: by, createdAt: now() },
  });
  rollback.start({ deploy: plan.deploy, task: plan.task, by });
  return { ok: true, detail: `rolling ${service} back to ${plan.previousSha.slice(0, 7)}` };
}

export interface TellDeps {
  house: House;
  report: (event: Event) => void;
  service: string;
  now: () => number;
}

/** Card, ping and freeze of a person's rollback; the task's stage stays (SHIP-172, SHIP-173). */
export function tellRollback(
  { house, report, service, now }: TellDeps,
  end: { task: TaskState; by: string; result: RollbackResult; toSha: string; reason: string },
): void {
  const { task, by, result, toSha, reason } = end;
  const at = now();
  const ok = result === 'rolled-back';
  if (task.watch !== null && task.watch.rolledBack === null) {
    const { watch } = task;
    const state = watch.state === 'WATCHING' ? 'SUPERSEDED' : watch.state;
    const data = {
      ...watch,
      state,
      reason: watch.reason || `rolled back by ${by}`,
      rolledBack: { ok, toSha, detail: reason },
    };
    const key = `rollback:${task.id}:${task.attempt}`;
    report({ kind: 'fact', name: 'watch-result', key, at, target: { task: task.id }, data });
    return;
  }
  if (ok) {
    const freeze = { repo: task.repo, scope: 'delivery', reason: `rolled back by ${by}`, by, at } as const;
    house.gates.freeze({ ...freeze, cause: `rolled-back ${task.wid}` });
  }
  const params = { sha: toSha, result: reason, service };
  const cause = `rolled-back.${task.attempt}`;
  const payload = { kind: 'ping', ping: 'rolled-back', sound: 'critical', cause, params } as const;
  house.outbox.add({ task: task.id, key: `ping:${task.id}:${cause}`, payload, at });
}
