import type { Blockers } from '../../pipeline/ports.ts';
import type { TrackerRead } from '../port.ts';
import type { PlaneProject } from './project.ts';

export interface BlockersDeps {
  taskOf: (issue: string) => number | null;
  /** Projects of the registry in Plane; an issue is looked for in its own first. */
  projects: readonly PlaneProject[];
}

/** What holds a task because of its issue's relations; an answer that cannot be had now is the last known one (PLANE-60). */
export async function judgeBlockers(
  { taskOf, projects }: BlockersDeps,
  issues: readonly string[],
): Promise<Blockers> {
  const tasks: number[] = [];
  const without: Blockers['issues'][number][] = [];
  for (const id of issues) {
    const task = taskOf(id);
    if (task === null) without.push({ id, ...(await judgeIssue(projects, id)) });
    else tasks.push(task);
  }
  return { tasks, issues: without };
}

type Judged = Omit<Blockers['issues'][number], 'id'>;

/** By the group of its state. An issue that nobody could ever read does not hold. */
async function judgeIssue(projects: readonly PlaneProject[], issue: string): Promise<Judged> {
  for (const project of projects) {
    const judged = await judgeIn(project, issue);
    if (judged === null) continue;
    project.store.putValue(keyOf(issue), JSON.stringify(judged));
    return judged;
  }
  const last = projects[0]?.store.value(keyOf(issue)) ?? null;
  return last === null ? { name: issue.slice(0, 8), state: 'unchecked' } : (JSON.parse(last) as Judged);
}

async function judgeIn(project: PlaneProject, issue: string): Promise<Judged | null> {
  const read = await project.issue(issue);
  if (read.kind !== 'ok' || read.value.state === null) return null;
  const map = await project.states.knowing(read.value.state);
  const group = map.kind === 'ok' ? map.value.groupOf(read.value.state) : null;
  if (group === null) return null;
  const name = `${project.prefix}-${String(read.value.seq ?? 0).padStart(3, '0')}`;
  return { name, state: group === 'completed' || group === 'cancelled' ? 'finished' : 'open' };
}

const keyOf = (issue: string): string => `plane.blocker.${issue}`;

/** The relations of an issue, judged; a failed read stays one. */
export async function readBlockers(
  deps: BlockersDeps,
  tracker: { listBlockers(id: string): Promise<TrackerRead<string[]>> },
  issue: string,
): Promise<TrackerRead<Blockers>> {
  const read = await tracker.listBlockers(issue);
  return read.kind === 'ok' ? { kind: 'ok', value: await judgeBlockers(deps, read.value) } : read;
}
