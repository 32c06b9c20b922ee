import { endOrphan, findOrphans, type RunMarker } from '../agent/run-marker.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { WorkStage } from '../pipeline/stages.ts';
import type { CancelOrder } from '../queues/cancel.ts';
import type { StepRef } from '../queues/results.ts';
import type { House } from './house.ts';
import type { Parts } from './parts.ts';

export interface OrphanDeps {
  house: Pick<House, 'runs' | 'engine'>;
  runsDir: string;
  now: () => number;
  log: Logger;
}

export const orphansOf = ({ house, config, place }: Parts): OrphanDeps => ({
  house,
  runsDir: config.server.runsDir,
  now: place.now,
  log: place.log,
});

const WHY = 'the process that watched the run has died';

/**
 * Ends what dead workers of this machine have left running; their runs become `interrupted` and go on as a new
 * generation of the same attempt (REC-51, REC-63). Returns how many were ended. Never throws: one stubborn orphan
 * does not stop the others.
 */
export async function endOrphans(deps: OrphanDeps): Promise<number> {
  let ended = 0;
  for (const marker of findOrphans(deps.runsDir)) {
    if (await endOne(deps, marker)) ended += 1;
  }
  return ended;
}

async function endOne(deps: OrphanDeps, marker: RunMarker): Promise<boolean> {
  const { log, runsDir } = deps;
  try {
    const { killed, left } = await endOrphan(runsDir, marker);
    if (left.length > 0) {
      log.error({ runId: marker.runId, pids: left }, 'orphaned processes could not be ended');
      return false;
    }
    log.info({ runId: marker.runId, killed }, 'orphaned run ended');
    lose(deps, marker.runId);
    return true;
  } catch (error) {
    log.error({ runId: marker.runId, err: describeError(error) }, 'an orphaned run could not be examined');
    return false;
  }
}

export interface LostWorkerDeps extends OrphanDeps {
  /** Stops whoever has the run in hand all the same, and whoever takes its job later (AGENT-59). */
  cancel: (order: CancelOrder) => Promise<void>;
  /** Tasks with a step in hand in this process: they are not lost. */
  inHand: () => ReadonlySet<number>;
}

/** The queue says that the worker of a run is gone: the run goes on elsewhere as a new generation (REC-23, REC-182). */
export function workerLost(deps: LostWorkerDeps): (ref: StepRef) => void {
  return ({ task, stage, attempt, step, generation }) => {
    const run = deps.house.runs.byId(`t${task}.${stage}.${attempt}.g${generation}`);
    if (step !== 'agent' || run === null || deps.inHand().has(task)) return;
    deps.log.warn({ runId: run.id, taskId: task }, 'the worker of a run is gone');
    deps
      .cancel({ task, fence: run.fence, reason: 'its worker was lost' })
      .catch((error: unknown) => deps.log.debug({ err: describeError(error) }, 'cancel order not sent'));
    lose(deps, run.id);
  };
}

function lose({ house, now }: OrphanDeps, runId: string): void {
  const run = house.runs.byId(runId);
  if (run === null) return;
  const at = now();
  const end = { class: 'interrupted', usage: null, sessionId: null, at };
  if (!house.runs.ended(runId, end)) return;
  const { task, attempt, fence } = run;
  house.engine.apply({
    kind: 'fact',
    name: 'run-lost',
    key: `${runId}:lost`,
    at,
    target: { task, stage: run.stage as WorkStage, attempt, fence },
    data: { reason: WHY },
  });
}
