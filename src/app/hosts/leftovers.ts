import { runFiles } from '../../agent/run-files.ts';
import {
  endOrphan,
  endProcesses,
  findOrphans,
  isRunAlive,
  listMarkers,
  removeMarker,
} from '../../agent/run-marker.ts';
import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';

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

/** Runs that a process of this host had in hand when it died (REC-63). */
export interface Leftovers {
  /** Those that are ended for certain and that control has not acknowledged yet. */
  runs(): string[];
  acknowledged(runIds: readonly string[]): void;
}

/**
 * Ends every run of this host whose worker is dead, and remembers it until control knows: it may have been away itself and
 * never have heard of the worker that died. A marker goes with the acknowledgement, so it outlives another death.
 */
export function endLeftovers(runsDir: string, { ended, log }: { ended: () => void; log: Logger }): Leftovers {
  const runs = new Set<string>();
  const end = async (): Promise<void> => {
    for (const marker of findOrphans(runsDir)) {
      const { left } = await endProcesses(marker);
      if (left.length === 0) runs.add(marker.runId);
      else log.error({ runId: marker.runId, pids: left }, 'orphaned processes could not be ended');
    }
    if (runs.size > 0) ended();
  };
  end().catch((error: unknown) =>
    log.warn({ err: describeError(error) }, 'orphaned runs could not be ended'),
  );
  return {
    runs: () => [...runs],
    acknowledged(runIds) {
      for (const runId of runIds) if (runs.delete(runId)) removeMarker(runFiles(runsDir, runId).marker);
    },
  };
}
