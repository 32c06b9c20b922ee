import type { LogRow } from '../../db/tasks.ts';
import type { FactData } from '../../pipeline/events.ts';
import { isTerminal } from '../../pipeline/stages.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { CardNote } from '../../pipeline/view.ts';

type Told = Pick<LogRow, 'name' | 'event' | 'from'>;

const dataOf = <F extends 'push' | 'pr-changed'>(row: Told): FactData[F] =>
  (row.event as { data: FactData[F] }).data;

/**
 * What somebody did to a task's branch and pull request beside the pipeline (FORGE-53, PIPE-5), as notes of its card.
 * `told` is the newest `push` and `pr-changed` rows of the decision log, newest first, taken or not.
 */
export function outsideNotes(task: TaskState, told: readonly Told[]): CardNote[] {
  if (isTerminal(task.stage)) return [];
  return [...branchNote(task, told), ...pullNote(task, told)];
}

/** Only of the present attempt: the next one begins with a branch that was looked at. */
function branchNote(task: TaskState, told: readonly Told[]): CardNote[] {
  const here = `${task.stage}#${task.attempt} `;
  const newest = told.find((row) => row.name === 'push' && row.from.startsWith(here));
  if (newest === undefined) return [];
  const { sha, foreign } = dataOf<'push'>(newest);
  const known = [task.headSha, task.startSha, task.testedSha, task.landedSha];
  if (!foreign || known.includes(sha ?? '')) return [];
  return [sha === null ? { kind: 'branch-deleted' } : { kind: 'foreign-push', sha }];
}

/** Until the merge step has recognised it; our own merge is no news. */
function pullNote(task: TaskState, told: readonly Told[]): CardNote[] {
  const newest = told.find((row) => row.name === 'pr-changed');
  if (newest === undefined || task.landedSha !== null || task.activity.kind === 'deploying') return [];
  const { merged, closed } = dataOf<'pr-changed'>(newest);
  if (merged) return [{ kind: 'merged-outside' }];
  return closed ? [{ kind: 'pr-closed' }] : [];
}
