import { isWorkStage, STAGES, type WorkStage } from './stages.ts';
import type { TaskState } from './task.ts';
import { WAITING_KINDS } from './waiting.ts';

const ACTIVITIES: ReadonlySet<string> = new Set([...WAITING_KINDS, 'working', 'ended']);
const KNOWN_STAGES: ReadonlySet<string> = new Set(STAGES);

/** What of a stored task this program does not know, in words; null when it knows all of it (REC-173). */
export function unknownIn({ stage, activity, failedStage }: TaskState): string | null {
  if (!KNOWN_STAGES.has(stage)) return `the stage "${stage}"`;
  if (!ACTIVITIES.has(activity.kind)) return `the activity "${activity.kind}"`;
  if (failedStage !== null && !isWorkStage(failedStage)) return `the failed stage "${String(failedStage)}"`;
  return null;
}

/** The same task in terms of this program: at the last stage that it knows, doing nothing. */
export function asKnown(task: TaskState): TaskState {
  const known = (name: string): name is WorkStage => KNOWN_STAGES.has(name) && isWorkStage(name as WorkStage);
  const entered = Object.keys(task.attempts).filter(known);
  const stage = known(task.stage) ? task.stage : (entered.at(-1) ?? 'analysis');
  const { updatedAt: at } = task;
  return {
    ...task,
    stage,
    attempt: task.attempts[stage] ?? 1,
    failedStage: task.failedStage !== null && known(task.failedStage) ? task.failedStage : null,
    activity: { kind: 'working', step: 'unknown', since: at, deadline: at },
  };
}
