import { endOrphan, findOrphans, isRunAlive, listMarkers } from '../agent/run-marker.ts';
import type { WorkStage } from '../pipeline/stages.ts';
import type { House } from './house.ts';

/** Ends what older runs of a task left alive on this host; the pids that could not be ended (REC-24). */
export async function clearWay(
  runsDir: string,
  { task, fence }: { task: number; fence: number },
): Promise<number[]> {
  const left: number[] = [];
  for (const marker of listMarkers(runsDir).filter((one) => one.task === task)) {
    // The same run may legitimately live in another process of this host.
    if (marker.fence < fence) left.push(...(await endOrphan(runsDir, marker)).left);
    else if (isRunAlive(marker)) left.push(marker.child?.pid ?? 0);
  }
  return left;
}

/** Ends every run of this host whose worker is dead; the control process notices their silence (REC-63). */
export async function endLeftovers(runsDir: string): Promise<void> {
  for (const marker of findOrphans(runsDir)) await endOrphan(runsDir, marker);
}

export interface SilentDeps {
  house: Pick<House, 'runs' | 'engine'>;
  /** `ORCH_WORKER_LOST_S` in milliseconds. */
  lostMs: number;
  /** Tasks with a step in hand in this process: they are heard even where Redis is not (AGENT-59). */
  inHand: () => ReadonlySet<number>;
  /** True while Redis answers; the silence of others counts only then. */
  isUp: () => Promise<boolean>;
  now: () => number;
}

/** Runs not heard of for too long are lost; the machine decides what follows (REC-51, REC-64). Returns how many. */
export async function loseSilentRuns(deps: SilentDeps): Promise<number> {
  const { house, lostMs, now } = deps;
  if (!(await deps.isUp())) return 0;
  const at = now();
  const here = deps.inHand();
  let lost = 0;
  for (const run of house.runs.live()) {
    const heardAt = run.heartbeatAt ?? run.startedAt ?? at;
    if (run.status === 'queued' || here.has(run.task) || at - heardAt < lostMs) continue;
    // Whoever ends the row acts; a late result of the worker finds it ended (REC-66).
    if (!house.runs.ended(run.id, { class: 'interrupted', usage: null, sessionId: null, at })) continue;
    lost += 1;
    house.engine.apply({
      kind: 'fact',
      name: 'run-lost',
      key: `${run.id}:lost`,
      at,
      target: { task: run.task, stage: run.stage as WorkStage, attempt: run.attempt, fence: run.fence },
      data: { reason: `nothing was heard of its worker for ${Math.round(lostMs / 1000)} s` },
    });
  }
  return lost;
}
