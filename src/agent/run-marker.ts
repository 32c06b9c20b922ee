import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { findRunProcesses, identify, isAlive, type SweepResult, sweepRun } from '../subprocess.ts';
import { MARKER_SUFFIX } from './run-files.ts';

const Identity = z.object({ pid: z.number(), startTime: z.string(), bootId: z.string() });

/** Who runs what (REC-60). On disk while the child of a run lives, and after a crash until it is cleaned up. */
export const RunMarker = z.object({
  runId: z.string(),
  /** Value of `ORCH_RUN_ID` in its processes. */
  mark: z.string(),
  task: z.number(),
  fence: z.number(),
  host: z.string(),
  cwd: z.string(),
  /** The child; its process group has the same number. Null where it was gone before we could look. */
  child: Identity.nullable(),
  worker: Identity.nullable(),
});
export type RunMarker = z.infer<typeof RunMarker>;

/** Writes the marker, whole or not at all. */
export function writeMarker(path: string, marker: RunMarker): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, JSON.stringify(marker), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** Null when there is none, or when it is not readable as one. */
export function readMarker(path: string): RunMarker | null {
  try {
    return RunMarker.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

export const removeMarker = (path: string): void => rmSync(path, { force: true });

/** Markers of this directory whose worker is dead: runs nobody watches any more (REC-63). */
export function findOrphans(runsDir: string): RunMarker[] {
  return listMarkers(runsDir).filter((marker) => marker.worker === null || !isAlive(marker.worker));
}

/** All readable markers; a missing directory holds none. */
export function listMarkers(runsDir: string): RunMarker[] {
  let names: string[];
  try {
    names = readdirSync(runsDir);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(MARKER_SUFFIX))
    .map((name) => readMarker(join(runsDir, name)))
    .filter((marker) => marker !== null);
}

/** True while any process of the run lives; nothing else may start in its worktree then (REC-24). */
export const isRunAlive = (marker: RunMarker): boolean =>
  findRunProcesses(marker.mark).length > 0 || (marker.child !== null && isAlive(marker.child));

/** Ends every process of an orphaned run (REC-63). */
export async function endProcesses(marker: RunMarker): Promise<SweepResult> {
  if (marker.child && isAlive(marker.child)) killGroup(marker.child.pid);
  return sweepRun(marker.mark);
}

/** Ends every process of an orphaned run and, once that is proven, removes its marker. */
export async function endOrphan(runsDir: string, marker: RunMarker): Promise<SweepResult> {
  const swept = await endProcesses(marker);
  if (swept.left.length === 0) removeMarker(join(runsDir, `${marker.runId}${MARKER_SUFFIX}`));
  return swept;
}

/** Identity of this very process, for the marker. */
export const workerIdentity = () => identify(process.pid);

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone: the sweep proves it.
  }
}
