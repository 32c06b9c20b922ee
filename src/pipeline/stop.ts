import type { StepResult } from './events.ts';
import { comment, emit, type Move, patch, ping, wait } from './move.ts';
import { isTerminal } from './stages.ts';

/** Starts the STOP sequence: fence first, so every later result is stale (REC-92). */
export function beginStop(move: Move, by: string, reason: string): void {
  const { fence } = move.task;
  patch(move, {
    fence: fence + 1,
    anchor: null,
    stop: { by, at: move.task.stop?.at ?? move.at, reason, deferred: false },
  });
  wait(move, 'stopping', { live: true, facts: { step: 'agent' } });
  emit(
    move,
    { kind: 'cancel-run', fence, reason: 'stopped' },
    { kind: 'release-lease' },
    { kind: 'stop-work', fence: move.task.fence, by, reason },
  );
}

/**
 * A STOP that waited for the critical window begins as soon as the step in progress has ended (REC-91): what that
 * end would have started is not started, what it proved stays.
 */
export function endDeferredStop(move: Move): void {
  const { stop, stage, activity } = move.task;
  if (!stop?.deferred || isTerminal(stage) || activity.kind === 'deploying') return;
  const kept = move.effects.filter(({ kind }) => kind !== 'run-stage' && kind !== 'command');
  move.effects.splice(0, move.effects.length, ...kept);
  beginStop(move, stop.by, stop.reason);
}

/** The work is archived and nothing of the task runs any more (REC-92 steps 6 and 7). */
export function stopped(move: Move, result: StepResult): void {
  if (result.outcome !== 'passed') {
    patch(move, { anchor: null });
    return wait(move, 'stopping', { facts: { step: result.step, reason: result.reason } });
  }
  const archiveRef = typeof result.evidence.archiveRef === 'string' ? result.evidence.archiveRef : null;
  const { stop } = move.task;
  patch(move, {
    stage: 'cancelled',
    endedAt: move.at,
    stageSince: move.at,
    archiveRef,
    activity: { kind: 'ended', since: move.at },
  });
  comment(move, 'stopped', 'stream', {
    by: stop?.by ?? 'system',
    reason: stop?.reason ?? '',
    archive: archiveRef,
  });
  ping(move, 'stopped', { sound: 'silent', params: { by: stop?.by ?? 'system', archive: archiveRef } });
  emit(move, { kind: 'wake-dependents', cancelled: true });
}
