import {
  decideDeploy,
  type FinalizeDecision,
  type FinalizeFacts,
  type FinalizePolicy,
  type FinalizeState,
} from './finalize.ts';

/** The latest deploy of a service as its row tells it. */
export interface RollbackCandidate {
  deployId: string;
  wid: string;
  /** True when no later deploy of the service exists. */
  latest: boolean;
  /** The hook already went back, or a rollback was done since. */
  rolledBack: boolean;
  /** A deploy or rollback of this service runs at the moment. */
  busy: boolean;
  /** Commit that ran before; null when none is recorded. */
  previousSha: string | null;
  rollbackSafe: boolean;
  rollbackReason: string;
}

export type RollbackOffer =
  | { allowed: true; previousSha: string; typeWid: false }
  /** The hook called it unsafe: the question shows `warning` and the wid must be typed. */
  | { allowed: true; previousSha: string; typeWid: true; warning: string }
  | { allowed: false; reason: string };

/** Whether a person may roll this deploy back, and how it must be asked (SHIP-171). Pure. */
export function offerRollback(candidate: RollbackCandidate | null): RollbackOffer {
  if (!candidate) return { allowed: false, reason: 'nothing was deployed yet' };
  if (candidate.busy) return { allowed: false, reason: 'a deploy of this service is running' };
  if (!candidate.latest) return { allowed: false, reason: 'a newer deploy of this service exists' };
  if (candidate.rolledBack) return { allowed: false, reason: 'it was already rolled back' };
  const { previousSha } = candidate;
  if (previousSha === null) return { allowed: false, reason: 'no previous release is recorded' };
  if (candidate.rollbackSafe) return { allowed: true, previousSha, typeWid: false };
  const warning = candidate.rollbackReason || 'the deploy hook called a rollback unsafe';
  return { allowed: true, previousSha, typeWid: true, warning };
}

/** Whether the watch may roll back by itself (SHIP-157): never for self-hosting, never an unsafe one, once. Pure. */
export function mayRollBackAlone(
  candidate: RollbackCandidate | null,
  project: { action: 'ALERT_ONLY' | 'ROLLBACK'; selfHosting: boolean },
): { allowed: true; previousSha: string } | { allowed: false; reason: string } {
  if (project.selfHosting) return { allowed: false, reason: 'this service never rolls itself back' };
  if (project.action !== 'ROLLBACK') return { allowed: false, reason: 'post_deploy.action is ALERT_ONLY' };
  const offer = offerRollback(candidate);
  if (!offer.allowed) return offer;
  if (offer.typeWid) return { allowed: false, reason: `rollback is not safe: ${offer.warning}` };
  return { allowed: true, previousSha: offer.previousSha };
}

/** `failed` means the service is neither well nor back: critical ping. */
export type RollbackResult = 'rolled-back' | 'unchanged' | 'failed';

export type RollbackDecision =
  | Extract<FinalizeDecision, { do: 'look-again' }>
  | { do: 'settle'; result: RollbackResult; reason: string; hookExitCode: number | null };

/**
 * One look at a running rollback (SHIP-172). The probe expects the previous commit. Exit 0 and a healthy service
 * that serves it: rolled back; 1: nothing changed; everything else, a lost result included, is `failed`.
 */
export function decideRollback(
  facts: FinalizeFacts,
  state: FinalizeState,
  policy: FinalizePolicy,
): RollbackDecision {
  const seen = decideDeploy(facts, state, policy);
  if (seen.do === 'look-again') return seen;
  if (seen.do === 'hold') return { do: 'settle', result: 'failed', reason: seen.reason, hookExitCode: null };
  const { hookExitCode } = seen;
  if (seen.status === 'SUCCESS')
    return { do: 'settle', result: 'rolled-back', reason: seen.reason, hookExitCode };
  if (hookExitCode === 1)
    return { do: 'settle', result: 'unchanged', reason: 'there was nothing to roll back to', hookExitCode };
  const reason =
    hookExitCode === 0 ? seen.reason : `rollback ended with ${hookExitCode}: service not healthy`;
  return { do: 'settle', result: 'failed', reason, hookExitCode };
}
