import { block } from './launch.ts';
import { emit, type Move, patch, type Refusal, refuse } from './move.ts';
import { isWaiting } from './waiting.ts';

/** States with an end of their own: what is being deployed or stopped is let to its end first. */
const ENDING: ReadonlySet<string> = new Set(['deploying', 'stopping', 'hold']);

/** The project of the task is gone or is another one now: a person decides what becomes of it (REG-7). */
export function projectChanged(move: Move, reason: string): Refusal | undefined {
  const { activity, fence } = move.task;
  if (ENDING.has(activity.kind)) return refuse('not_waiting', 'It counts once this has ended.');
  const atWork = activity.kind === 'working' || (isWaiting(activity) && activity.live === true);
  if (atWork) {
    emit(move, { kind: 'cancel-run', fence, reason: 'project changed' });
    patch(move, { fence: fence + 1 });
  }
  block(move, 'project-changed', reason);
  return undefined;
}
