import { REWORK_STAGE } from '../pipeline/stages.ts';

/** What is known of a live task when an event names a commit or a branch. */
export interface TaskTrace {
  id: number;
  branch: string;
  stage: string;
  /** Heads its attempts recorded. */
  heads: readonly string[];
}

/** What an event names; null for what it does not. */
export interface Named {
  sha: string | null;
  branch: string | null;
}

type Rule = (task: TaskTrace) => boolean;

function onlyOne(tasks: readonly TaskTrace[], rules: readonly Rule[]): number | null {
  for (const rule of rules) {
    const [found, another] = tasks.filter(rule);
    if (found !== undefined && another === undefined) return found.id;
  }
  return null;
}

/** The first two rules of FORGE-55, for which the tasks are enough that name the commit or the branch themselves. */
export const matchNamed = (tasks: readonly TaskTrace[], { sha, branch }: Named): number | null =>
  onlyOne(tasks, [
    (task) => sha !== null && task.heads.includes(sha),
    (task) => branch !== null && task.branch === branch,
  ]);

/**
 * From SHA to task (FORGE-55): the first rule that gives exactly one live task of the repository; null when none
 * does. `headOf` is the fetched head of a branch.
 */
export const matchTask = (
  tasks: readonly TaskTrace[],
  named: Named,
  headOf: (branch: string) => string | null,
): number | null =>
  matchNamed(tasks, named) ??
  onlyOne(tasks, [
    (task) => named.sha !== null && headOf(task.branch) === named.sha,
    (task) => named.sha !== null && task.stage === REWORK_STAGE,
  ]);
