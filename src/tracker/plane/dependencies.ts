import type { PlaneProject } from './project.ts';

/** What holds a task because of its issue's relations (PLANE-59, PLANE-60). */
export interface Blockers {
  /** Tasks it depends on, ended ones included: the engine judges those itself. */
  tasks: readonly number[];
  /** Issues without a task that are not finished. */
  open: readonly string[];
  /** Issues whose state cannot be read and never could: they do not hold; shown as "not checked". */
  unchecked: readonly string[];
}

export interface BlockersDeps {
  taskOf: (issue: string) => number | null;
  /** Projects of the registry in Plane; an issue is looked for in its own first. */
  projects: readonly PlaneProject[];
}

/** Judges each blocking issue; an answer that cannot be had now is the last known one. */
export async function judgeBlockers(
  { taskOf, projects }: BlockersDeps,
  issues: readonly string[],
): Promise<Blockers> {
  const tasks: number[] = [];
  const open: string[] = [];
  const unchecked: string[] = [];
  for (const issue of issues) {
    const task = taskOf(issue);
    if (task !== null) tasks.push(task);
    else {
      const terminal = await isFinished(projects, issue);
      if (terminal === null) unchecked.push(issue);
      else if (!terminal) open.push(issue);
    }
  }
  return { tasks, open, unchecked };
}

/** By the group of its state; null when nobody knows. */
async function isFinished(projects: readonly PlaneProject[], issue: string): Promise<boolean | null> {
  for (const project of projects) {
    const read = await project.issue(issue);
    if (read.kind !== 'ok' || read.value.state === null) continue;
    const map = await project.states.knowing(read.value.state);
    const group = map.kind === 'ok' ? map.value.groupOf(read.value.state) : null;
    if (group === null) continue;
    const finished = group === 'completed' || group === 'cancelled';
    project.store.putValue(keyOf(issue), String(finished));
    return finished;
  }
  const last = projects[0]?.store.value(keyOf(issue)) ?? null;
  return last === null ? null : last === 'true';
}

const keyOf = (issue: string): string => `plane.finished.${issue}`;
