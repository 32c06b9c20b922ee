import { FINALIZE_START, type FinalizeState, needsProbe } from '../delivery/finalize.ts';
import { probeService } from '../delivery/health.ts';
import { decideRollback, type RollbackResult } from '../delivery/rollback.ts';
import type { Project } from '../pipeline/project.ts';
import type { TaskState } from '../pipeline/task.ts';
import { type JobContext, LookAgain, type Payload } from '../queues/catalog.ts';
import { type DeliveryDeps, sourceTreeReader } from './delivery-ports.ts';

export interface RollbackDeps extends DeliveryDeps {
  task: (id: number) => TaskState | null;
  project: (repo: string) => Project;
  /** What a rollback by a person came to: card, freeze, ping (SHIP-172). */
  rolledBack: (end: {
    task: TaskState;
    deployId: string;
    by: string;
    result: RollbackResult;
    toSha: string;
    reason: string;
  }) => void;
}

/** A rollback a person asked for: detached hook, finalizer, health, served commit (SHIP-172). Main is not changed. */
export const createRollback =
  (deps: RollbackDeps) =>
  async ({ task: id, deploy, by }: Payload<'rollback'>, context: JobContext): Promise<null> => {
    const task = deps.task(id);
    const record = deps.deploys.byId(deploy);
    if (task === null || record === null || record.previousSha === null) return null;
    const project = deps.project(task.repo);
    const sha = record.previousSha;
    const deployId = `${record.id}-rollback`;
    const hooks = deps.hooks(project);
    await hooks.start(
      await deps.hookRun(project, {
        target: 'production',
        mode: 'rollback',
        deployId,
        wid: task.wid,
        sha,
        baseSha: task.baseSha,
      }),
    );
    const policy = deps.settings.finalize(project);
    const facts = {
      now: deps.now(),
      initiatedAt: context.createdAt,
      sight: await hooks.look({ deployId, sha }),
    };
    const probe =
      needsProbe(facts, policy) && project.health
        ? await probeService(deps.http, {
            health: project.health,
            expectedSha: sha,
            sourceTreeOf: sourceTreeReader(deps, project),
          })
        : null;
    const state = (context.reported?.finalize as FinalizeState | undefined) ?? FINALIZE_START;
    const decision = decideRollback({ ...facts, probe }, state, policy);
    if (decision.do === 'look-again') {
      await context.progress({ finalize: decision.state });
      throw new LookAgain(decision.afterMs);
    }
    if (decision.result === 'rolled-back') deps.deploys.update(record.id, { state: 'ROLLED_BACK' });
    deps.rolledBack({
      task,
      deployId: record.id,
      by,
      result: decision.result,
      toSha: sha,
      reason: decision.reason,
    });
    return null;
  };
