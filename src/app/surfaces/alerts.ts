import type { House } from '../house.ts';

/**
 * Tells people once that something of the installation itself is wrong (REC-32, REC-160). It goes where the newest work
 * reports; without any work there is nobody to tell, and the log has it.
 */
export function alert(
  { outbox, tasks }: Pick<House, 'outbox' | 'tasks'>,
  { cause, text, at }: { cause: string; text: string; at: number },
  about?: number,
): void {
  const task =
    about ?? tasks.list({ kind: 'all', repo: null, scope: null, offset: 0, limit: 1 }).tasks[0]?.id;
  if (task === undefined) return;
  const payload = { kind: 'ping', ping: 'error', sound: 'sound', cause, params: { text } } as const;
  outbox.add({ task, key: `ping:${task}:${cause}`, payload, at });
}
