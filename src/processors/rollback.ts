import { FINALIZE_START, type FinalizeState, needsProbe } from '../delivery/finalize.ts';
import { probeService } from '../delivery/health.ts';
import { decideRollback, type RollbackDecision, type RollbackResult } from '../delivery/rollback.ts';
import type { Project } from '../pipeline/project.ts';
import type { TaskState } from '../pipeline/task.ts';
import { LookAgain, type Payload } from '../queues/catalog.ts';
import { type DeliveryDeps, type DeployRecord, sourceTreeReader } from './delivery-ports.ts';

export interface RollbackDeps extends DeliveryDeps {
  task: (id: number) => TaskState | null;
  project: (repo: string) => Project;
  /** What a rollback by a person came to: card, freeze, ping (SHIP-172). */
  rolledBack: (end: {
    task: TaskState;
    by: string;
    result: RollbackResult;
    toSha: string;
    reason: string;
  }) => void;
}

/** Row of the rollback of a deploy; there is at most one. */
export const rollbackIdOf = (deploy: string): string => `${deploy}-rollback`;

/** A rollback a person asked for: detached hook, finalizer, health, served commit (SHIP-172). Main is not changed. */
export const createRollback =
  (deps: RollbackDeps) =>
  async ({ task: id, deploy, by }: Payload<'rollback'>): Promise<null> => {
    const task = deps.task(id);
    const record = deps.deploys.byId(deploy);
    const row = deps.deploys.byId(rollbackIdOf(deploy));
    if (task === null || record === null || row === null || row.state !== 'INITIATED') return null;
    const decision = await look(deps, { task, row });
    if (decision.do === 'look-again') {
      deps.deploys.update(row.id, { result: { ...row.result, finalize: decision.state } });
      throw new LookAgain(decision.afterMs);
    }
    const { result, reason, hookExitCode } = decision;
    // The deploy's row first: a repeated job finds the rollback open and ends the same way.
    if (result === 'rolled-back') deps.deploys.update(record.id, { state: 'ROLLED_BACK' });
    deps.rolledBack({ task, by, result, toSha: row.sha, reason });
    deps.deploys.update(row.id, {
      state: result === 'rolled-back' ? 'SUCCESS' : 'FAILED',
      result: { status: result, reason, hookExitCode, landedSha: row.sha },
      endedAt: deps.now(),
    });
    return null;
  };

async function look(
  deps: RollbackDeps,
  { task, row }: { task: TaskState; row: DeployRecord },
): Promise<RollbackDecision> {
  const project = deps.project(task.repo);
  const { sha } = row;
  const order = {
    target: 'production',
    mode: 'rollback',
    wid: task.wid,
    sha,
    baseSha: task.baseSha,
  } as const;
  const hooks = deps.hooks(project);
  await hooks.start(await deps.hookRun(project, { ...order, deployId: row.id }));
  const policy = deps.settings.finalize(project);
  const sight = await hooks.look({ deployId: row.id, sha });
  const facts = { now: deps.now(), initiatedAt: row.createdAt, sight };
  const { health } = project;
  const sourceTreeOf = sourceTreeReader(deps, project);
  const probe =
    needsProbe(facts, policy) && health
      ? await probeService(deps.http, { health, expectedSha: sha, sourceTreeOf })
      : null;
  const state = (row.result?.finalize as FinalizeState | undefined) ?? FINALIZE_START;
  return decideRollback({ ...facts, probe }, state, policy);
}
