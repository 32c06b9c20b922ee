import { REWORK_STAGE } from '../pipeline/stages.ts';

/** What is known of a live task when an event names a commit or a branch. */
export interface TaskTrace {
  id: number;
  branch: string;
  stage: string;
  /** Heads its attempts recorded. */
  heads: readonly string[];
}

/**
 * From SHA to task (FORGE-55): the first rule that gives exactly one live task of the repository; null when none
 * does. `headOf` is the fetched head of a branch.
 */
export function matchTask(
  tasks: readonly TaskTrace[],
  event: { sha: string | null; branch: string | null },
  headOf: (branch: string) => string | null,
): number | null {
  const { sha, branch } = event;
  const rules: ((task: TaskTrace) => boolean)[] = [
    (task) => sha !== null && task.heads.includes(sha),
    (task) => branch !== null && task.branch === branch,
    (task) => sha !== null && headOf(task.branch) === sha,
    (task) => sha !== null && task.stage === REWORK_STAGE,
  ];
  for (const rule of rules) {
    const found = tasks.filter(rule);
    if (found.length === 1) return (found[0] as TaskTrace).id;
  }
  return null;
}
