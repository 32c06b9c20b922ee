import type { WatchResult } from './events.ts';
import { comment, emit, type Move, patch, ping, type Refusal, refuse } from './move.ts';

/** The watch changes status, freeze and messages, never the stage (PIPE-53, SHIP-155 to SHIP-159). */
export function watched(move: Move, result: WatchResult): Refusal | undefined {
  const { task, policy } = move;
  if (task.stage !== 'done' || task.watch === null) return refuse('not_waiting', 'No watch is running.');
  const judged = task.watch.state !== 'WATCHING';
  const newRollback = result.rolledBack !== null && task.watch.rolledBack === null;
  if (judged && !newRollback) return refuse('terminal', 'The watch has ended.');
  patch(move, { watch: result });
  const { service } = policy.project;
  const sha = task.landedSha;
  if (newRollback) {
    const { ok, toSha, detail } = result.rolledBack ?? { ok: false, toSha: null, detail: '' };
    ping(move, 'rolled-back', {
      sound: 'critical',
      cause: 'rolled-back',
      params: { sha: toSha, result: detail, service },
    });
    if (ok)
      emit(
        move,
        freeze('delivery', `rolled-back ${task.wid}`, `rolled back after ${sha?.slice(0, 7) ?? ''}`),
      );
  }
  if (judged || result.state === 'WATCHING') return undefined;
  emit(move, { kind: 'finish-work', afterWatch: false });
  if (result.state === 'DEGRADED') {
    comment(move, 'watch', 'stream', { state: result.state, reason: result.reason });
    ping(move, 'degraded', { sound: 'critical', cause: 'degraded', params: { sha, reason: result.reason } });
    if (policy.limits.degradedFreezes)
      emit(
        move,
        freeze('all', `degraded #${task.id}`, `production DEGRADED after ${sha?.slice(0, 7) ?? ''}`),
      );
  }
  if (result.state === 'HEALTHY' && !result.observed) {
    ping(move, 'not-observable', { cause: 'not-observable', params: { reason: result.reason } });
  }
  return undefined;
}

const freeze = (scope: 'all' | 'delivery', cause: string, reason: string) =>
  ({ kind: 'freeze', scope, cause, reason, by: 'system' }) as const;
