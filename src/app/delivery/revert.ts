import type { LeasePort } from '../../gates/merge/lease.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { House } from '../house.ts';

/** A revert asked for by a person: an outbox row, so that nothing forgets it (SHIP-136). */
export function startRevert(
  { house, now }: { house: House; now: () => number },
  { task: id, by }: { task: number; by: string },
): { ok: true; detail: string } | { ok: false; message: string } {
  const task = house.tasks.get(id);
  if (task === null || task.landedSha === null)
    return { ok: false, message: 'Nothing of this task is on main.' };
  const at = now();
  house.outbox.add({ task: id, key: `revert:${id}:${at}`, payload: { kind: 'start-revert', by }, at });
  return { ok: true, detail: `reverting ${task.wid} on main` };
}

/** The merge lease for a revert: no freeze refuses it, and no task's lease is taken for its own (SHIP-164). */
export function revertLeaseOf(house: House, ttlMs: number, now: () => number): LeasePort {
  const kind = 'merge';
  return {
    async acquire({ repo, taskId }) {
      const holder = `revert of ${house.tasks.get(taskId)?.wid ?? taskId}`;
      const got = house.leases.acquire({ repo, kind, holder, ttlMs, at: now() });
      return got.kind === 'acquired' ? got : { kind: 'busy', holder: got.lease.holder };
    },
    holds: async ({ repo, fence }) => house.leases.holds({ repo, kind, fence }, now()),
    release: async ({ repo, fence }) => void house.leases.release({ repo, kind, fence }, now()),
  };
}

/** What a revert came to: the freeze of the failed deploy is lifted, whoever waited goes on, people are told. */
export function tellRevert(
  { house, now }: { house: House; now: () => number },
  end: { task: number; by: string; sha: string | null; reason: string },
): void {
  const task = house.tasks.get(end.task);
  if (task === null) return;
  const at = now();
  if (end.sha !== null) {
    house.gates.unfreeze({ repo: task.repo, cause: `deploy-failed ${task.wid}`, by: end.by, at });
  }
  const ok = end.sha !== null;
  const params = { sha: end.sha, text: ok ? '' : `revert on main: ${end.reason}` };
  const cause = `revert.${at}`;
  const sound = 'sound';
  const payload = { kind: 'ping', ping: ok ? 'reverted' : 'error', sound, cause, params } as const;
  house.outbox.add({ task: task.id, key: `ping:${task.id}:${cause}`, payload, at });
}

/** The documentation pull request of a deploy log was left for a person (FORGE-66). */
export function tellNotCarried(
  house: House,
  { task, reason, at }: { task: TaskState; reason: string; at: number },
): void {
  const params = { text: `deploy log of ${task.wid} was not merged to main: ${reason}` };
  const cause = `deploy-log.${task.attempt}`;
  const payload = { kind: 'ping', ping: 'error', sound: 'silent', cause, params } as const;
  house.outbox.add({ task: task.id, key: `ping:${task.id}:${cause}`, payload, at });
}
