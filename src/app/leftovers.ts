import { endOrphan, findOrphans, isRunAlive, listMarkers } from '../agent/run-marker.ts';

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
