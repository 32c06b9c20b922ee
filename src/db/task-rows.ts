import type { TaskState } from '../pipeline/task.ts';
import type { tasks } from './schema.ts';

type Row = typeof tasks.$inferInsert;

/** The columns people and constraints ask for, plus the whole state as JSON. */
export function toRow(task: TaskState): Row {
  const { activity } = task;
  return {
    id: task.id,
    version: task.version,
    repo: task.repo,
    wid: task.wid,
    branch: task.branch,
    issueId: task.issueId,
    stage: task.stage,
    activity: activity.kind,
    fence: task.fence,
    wakeAt: activity.kind === 'ended' ? null : activity.deadline,
    state: task as unknown as Record<string, unknown>,
    createdAt: task.createdAt,
    updatedAt: task.updatedAt,
  };
}

/** The state as it was committed. */
export const fromRow = (row: { state: Record<string, unknown> }): TaskState =>
  row.state as unknown as TaskState;
