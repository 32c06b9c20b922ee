import type { Effect } from '../../pipeline/effects.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { House } from '../house.ts';

const HOUR_MS = 3_600_000;

/** Where a task is, as the message says it. */
export const placeOf = ({ stage, activity }: Pick<TaskState, 'stage' | 'activity'>): string =>
  `${stage} (${activity.kind})`;

/** Says silently that a task went on which nothing had told to; at most once per task and hour, whichever side found it (REC-76). */
export function tellUnblocked(
  outbox: Pick<House['outbox'], 'add'>,
  { task, from, to, at }: { task: number; from: string; to: string; at: number },
): void {
  const cause = `unblocked.${Math.floor(at / HOUR_MS)}`;
  const payload: Effect = { kind: 'ping', ping: 'unblocked', sound: 'silent', cause, params: { from, to } };
  outbox.add({ task, key: `ping:${task}:${cause}`, payload, at });
}
