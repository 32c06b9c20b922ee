import { isWorkStage, STAGE_RULES, type StatusKey } from './stages.ts';
import type { TaskState } from './task.ts';
import type { WaitingKind } from './waiting.ts';

/** Waits with a status of their own; every other wait shows its stage's status (PLANE-24). */
const BY_WAIT: Partial<Record<WaitingKind, StatusKey>> = {
  answers: 'needs_input',
  approval: 'in_review',
  confirm: 'awaiting_deploy',
  window: 'awaiting_deploy',
  blocked: 'blocked',
  hold: 'blocked',
};

const BY_WATCH: Partial<Record<string, StatusKey>> = { WATCHING: 'monitoring', DEGRADED: 'blocked' };

/** What the tracker should show; null where nothing is to be written (PLANE-24, PLANE-25). */
export function statusOf(task: TaskState): StatusKey | null {
  if (task.stage === 'done') {
    if (task.watch?.state === 'HEALTHY' && !task.watch.observed) return 'monitoring';
    return BY_WATCH[task.watch?.state ?? ''] ?? 'done';
  }
  if (task.stage === 'cancelled') return 'cancelled';
  if (!isWorkStage(task.stage)) return null;
  const waiting = BY_WAIT[task.activity.kind as WaitingKind];
  if (waiting !== undefined) return waiting;
  return task.prepared || task.activity.kind === 'working' ? STAGE_RULES[task.stage].status : null;
}
