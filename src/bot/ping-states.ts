import type { PingKind, Sound } from '../pipeline/effects.ts';
import type { Instant } from '../pipeline/events.ts';
import type { RunView } from '../pipeline/view.ts';
import { isWaiting, type WaitingKind } from '../pipeline/waiting.ts';

/** The wait a ping reports, where it reports one (section 8): its buttons are that wait's and void with it. */
export const WAIT_OF_PING: Readonly<Partial<Record<PingKind, WaitingKind | 'any'>>> = {
  approve: 'approval',
  questions: 'answers',
  confirm: 'confirm',
  'confirm-again': 'confirm',
  'pr-review': 'pr-review',
  'rework-exhausted': 'blocked',
  'agent-failed': 'blocked',
  blocked: 'blocked',
  'staging-failed': 'blocked',
  'deploy-failed': 'blocked',
  'deploy-failed-no-rollback': 'blocked',
  'deploy-failed-rollback-failed': 'blocked',
  'cannot-verify': 'blocked',
  'ci-silent': 'blocked',
  'dep-cycle': 'blocked',
  hold: 'hold',
  'hold-no-pr': 'hold',
  'deploy-unknown': 'hold',
  'tree-mismatch': 'hold',
  budget: 'budget',
  limit: 'limit',
  'limit-manual': 'limit',
  reminder: 'any',
};

/** When the task entered the wait it is in; null when it does not wait. */
export const enteredWait = ({ now }: RunView): Instant | null => {
  if (now.kind === 'queued' || !isWaiting(now)) return null;
  return now.entered ?? now.since;
};

export type PingStanding =
  /** The task still stands where the ping was caused. */
  | 'current'
  /** It has gone on: there is nothing to press and nothing to look at any more. */
  | 'passed'
  /** The ping tells an event, which stays true. */
  | 'news';

/** Whether a ping caused at `createdAt` still speaks of the present (ORD-3). A critical one always is news. */
export function standingOf(
  ping: { ping: string; sound: Sound; createdAt: Instant },
  view: RunView | null,
): PingStanding {
  const wanted = WAIT_OF_PING[ping.ping as PingKind];
  if (wanted === undefined || view === null) return 'news';
  const entered = enteredWait(view);
  const same = entered !== null && (wanted === 'any' || view.now.kind === wanted);
  if (same && entered <= ping.createdAt) return 'current';
  return ping.sound === 'critical' ? 'news' : 'passed';
}
