import type { StepResult } from './events.ts';
import { comment, emit, type Move, patch, ping, wait } from './move.ts';

/** Differing paths a message names. */
const PATHS_SHOWN = 10;

/** Deploy stopped before or without proof; a person decides, nothing returns (SHIP-107). */
export function hold(move: Move, { hold: cause = 'deploy-unknown', reason, evidence }: StepResult): void {
  patch(move, { anchor: null });
  emit(move, { kind: 'release-lease' });
  const by = { by: 'system' };
  if (cause === 'tree-mismatch') {
    emit(move, { kind: 'freeze', scope: 'all', cause: `tree-mismatch #${move.task.id}`, reason, ...by });
  }
  if (cause === 'deploy-unknown') {
    emit(move, { kind: 'freeze', scope: 'delivery', cause: `deploy-failed ${move.task.wid}`, reason, ...by });
  }
  wait(move, 'hold', { cause, reason, facts: { service: move.policy.project.service } });
  comment(move, 'hold', 'deployer', { cause, reason });
  const kinds = {
    'pr-create-failed': 'hold-no-pr',
    'tree-mismatch': 'tree-mismatch',
    'deploy-unknown': 'deploy-unknown',
  } as const;
  const sound = cause === 'tree-mismatch' ? 'critical' : 'sound';
  const kind = cause in kinds ? kinds[cause as keyof typeof kinds] : 'hold';
  const { testedTree, landedTree } = move.task;
  const paths = Array.isArray(evidence.paths) ? evidence.paths.slice(0, PATHS_SHOWN).join(', ') : '';
  ping(move, kind, { sound, params: { cause, reason, tested: testedTree, landed: landedTree, paths } });
}

/** A word the surfaces know: the hook said success, said failure without a rollback, or said nothing. */
function whyNotRolledBack({ evidence: { exitCode } }: StepResult): string {
  if (exitCode === undefined || exitCode === null) return 'no-result';
  return Number(exitCode) === 0 ? 'hook-succeeded' : 'hook-did-not';
}

/** Main already carries the change, so nothing else may be delivered before it (SHIP-135). */
export function deployFailed(move: Move, result: StepResult): void {
  const { wid } = move.task;
  emit(move, {
    kind: 'freeze',
    scope: 'delivery',
    cause: `deploy-failed ${wid}`,
    reason: result.reason,
    by: 'system',
  });
  comment(move, 'deploy-failed', 'deployer', { reason: result.reason });
  const rolledBack = result.evidence.rolledBack === true;
  const broken = Number(result.evidence.exitCode ?? 1) >= 2;
  const kind = broken
    ? 'deploy-failed-rollback-failed'
    : rolledBack
      ? 'deploy-failed'
      : 'deploy-failed-no-rollback';
  const params = {
    reason: result.reason,
    service: move.policy.project.service,
    ...(kind === 'deploy-failed-no-rollback' ? { why: whyNotRolledBack(result) } : {}),
  };
  ping(move, kind, { sound: kind === 'deploy-failed' ? 'sound' : 'critical', params });
}
