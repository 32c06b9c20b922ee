import { awaitedCi } from '../../forge/sight.ts';
import type { Event } from '../../pipeline/events.ts';
import { type GateSight, guardAfter, guardBefore, HELD_STATUSES } from '../../pipeline/gate-side.ts';
import type { Project } from '../../pipeline/project.ts';
import { eventFor } from '../../pipeline/reconcile.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { Tracker } from '../../tracker/port.ts';
import type { House } from '../house.ts';
import type { Parts } from '../parts.ts';

export interface GateSideDeps {
  house: Pick<House, 'tasks' | 'policyOf'>;
  apply: (event: Event) => void;
  project: (repo: string) => Project;
  trackerFor: (repo: string) => Pick<Tracker, 'getIssue' | 'statusMap'>;
  forgeFor: Parts['rooms']['forgeFor'];
  /** `ORCH_RECONCILE_SKIP_BLOCKED_ENABLED`. */
  looksAtTracker: boolean;
  graceMs: (task: TaskState) => number;
  now: () => number;
}

export interface GateSideResult {
  guards: Record<string, number>;
  /** Tasks whose gate had passed without anybody telling. */
  passed: number;
}

/**
 * F-1: a gate that has passed while nobody told is told (REC-71). Every guard is silent; the gate itself is only read, and
 * one that has not passed is silent too. `driven` are tasks somebody works for.
 */
export async function gateSide(deps: GateSideDeps, driven: ReadonlySet<number>): Promise<GateSideResult> {
  const result: GateSideResult = { guards: {}, passed: 0 };
  for (const task of deps.house.tasks.live()) {
    const guard = await guardOf(deps, task, driven.has(task.id));
    if (guard !== null) result.guards[guard] = (result.guards[guard] ?? 0) + 1;
    else if (await hasPassed(deps, task)) {
      result.passed += 1;
      deps.apply(eventFor(task, 'wake', deps.now()));
    }
  }
  return result;
}

/** The first guard that holds, in the order of REC-71; null when the gate may be read. */
async function guardOf(deps: GateSideDeps, task: TaskState, driven: boolean): Promise<string | null> {
  const now = deps.now();
  const sight: GateSight = {
    policy: deps.house.policyOf(task, now),
    driven,
    graceMs: deps.graceMs(task),
    now,
  };
  const before = guardBefore(task, sight);
  if (before !== null) return before;
  if (deps.looksAtTracker && (await isHeldOnTracker(deps, task))) return 'tracker';
  return guardAfter(task, sight);
}

/** Any doubt holds it: an error, no state, a project that is not known (REC-71 guard 10). */
async function isHeldOnTracker({ trackerFor }: GateSideDeps, task: TaskState): Promise<boolean> {
  if (task.issueId === null) return false;
  try {
    const tracker = trackerFor(task.repo);
    const issue = await tracker.getIssue(task.issueId);
    if (issue.kind !== 'ok' || issue.value.statusKey === null) return true;
    const key = issue.value.statusKey;
    if (!HELD_STATUSES.has(key)) return false;
    const map = await tracker.statusMap();
    return map.kind !== 'ok' || map.value[key]?.how !== 'alias';
  } catch {
    return true;
  }
}

/** Read-only: what the forge says of the commit whose CI the task waits for. */
async function hasPassed({ project, forgeFor }: GateSideDeps, task: TaskState): Promise<boolean> {
  const sha = awaitedCi(task);
  if (sha === null) return false;
  const entry = project(task.repo);
  // The engine's own CI is read by letting its gate run again.
  if (entry.ci === 'engine') return true;
  const read = await forgeFor(entry).ciState(sha);
  return read.kind === 'ok' && read.value.state === 'success';
}
