import type { ServiceProbe } from './health.ts';
import type { HookSight } from './hook-runner.ts';
import { servesExpected } from './served-sha.ts';

/** Probes of a service the hook calls deployed: 10 × 6 s (SHIP-124). */
const PROBES_AFTER_SUCCESS = 10;
export const FINALIZE_PROBE_INTERVAL_MS = 6_000;
/** Healthy probes in a row that prove a deploy whose result was lost; as many bad ones disprove it. */
const PROBES_WITHOUT_RESULT = 3;

/** What earlier looks saw; kept with the deploy row. */
export interface FinalizeState {
  goodProbes: number;
  badProbes: number;
}
export const FINALIZE_START: FinalizeState = { goodProbes: 0, badProbes: 0 };

export interface FinalizePolicy {
  /** `ORCH_DEPLOY_TIMEOUT_S`. */
  timeoutMs: number;
  /** `ORCH_HOOK_START_TIMEOUT_S`. */
  startTimeoutMs: number;
  /** `ORCH_DEPLOY_FINALIZE_INTERVAL_S`. */
  intervalMs: number;
  /** Between probes of a service that does not answer as it should yet: `FINALIZE_PROBE_INTERVAL_MS`. */
  probeIntervalMs: number;
  /** `ORCH_REQUIRE_SERVED_SHA`; always true for self-hosting. */
  requireServedSha: boolean;
}

export interface FinalizeFacts {
  now: number;
  /** When the hook was asked to start. */
  initiatedAt: number;
  sight: HookSight;
  /** A probe made for this look; null where `needsProbe` says none is needed. */
  probe: ServiceProbe | null;
}

export interface DeployVerdict {
  status: 'SUCCESS' | 'FAILED';
  /** One line for people. */
  reason: string;
  /** True when the service is left neither new nor old: critical ping. */
  critical: boolean;
  rolledBack: boolean;
  rollbackSafe: boolean;
  hookExitCode: number | null;
  evidence: 'hook-result' | 'served-sha';
}

export type FinalizeDecision =
  | { do: 'look-again'; afterMs: number; state: FinalizeState }
  | ({ do: 'settle' } & DeployVerdict)
  | { do: 'hold'; cause: 'deploy-unknown'; reason: string };

/** True when this look's decision depends on what the service answers. */
export function needsProbe(facts: Omit<FinalizeFacts, 'probe'>, policy: FinalizePolicy): boolean {
  const { result } = facts.sight;
  if (result) return result.exit_code !== 1 && result.exit_code !== 2;
  return lostReason(facts, policy) !== null && facts.sight.started !== null;
}

/** The decision table of SHIP-124, one look at a time. Pure. */
export function decideDeploy(
  facts: FinalizeFacts,
  state: FinalizeState,
  policy: FinalizePolicy,
): FinalizeDecision {
  if (facts.sight.result) return decideByResult(facts, state, policy);
  const lost = lostReason(facts, policy);
  if (lost === null) return { do: 'look-again', afterMs: policy.intervalMs, state };
  if (!facts.sight.started) return { do: 'hold', cause: 'deploy-unknown', reason: lost };
  return decideWithoutResult({ facts, state, policy }, lost);
}

function decideByResult(
  facts: FinalizeFacts,
  state: FinalizeState,
  policy: FinalizePolicy,
): FinalizeDecision {
  const { result } = facts.sight;
  if (!result) throw new TypeError('no result to decide by');
  const verdict = {
    do: 'settle',
    rolledBack: result.rolled_back,
    rollbackSafe: result.rollback_safe,
    hookExitCode: result.exit_code,
    evidence: 'hook-result',
  } as const;
  if (result.exit_code !== 0)
    return { ...verdict, ...failureOf(result.exit_code, result.rolled_back, facts.probe) };

  const probe = facts.probe;
  if (probe?.healthy && servesExpected(probe.served, policy))
    return {
      ...verdict,
      status: 'SUCCESS',
      critical: false,
      reason: `hook said 0, service says ${probe.detail}`,
    };
  const badProbes = state.badProbes + 1;
  if (badProbes < PROBES_AFTER_SUCCESS)
    return { do: 'look-again', afterMs: policy.probeIntervalMs, state: { goodProbes: 0, badProbes } };
  const says =
    probe?.served.match === 'not-exposed' && probe.healthy ? 'its commit is not exposed' : probe?.detail;
  return {
    ...verdict,
    status: 'FAILED',
    critical: false,
    reason: `hook said 0, service says ${says ?? 'nothing'}`,
  };
}

/** Exit codes of SHIP-111: anything but 1 and 2 counts as 2 when the service is unhealthy, else as 1. */
function failureOf(exitCode: number, rolledBack: boolean, probe: ServiceProbe | null) {
  const critical = exitCode === 2 || (exitCode !== 1 && !probe?.healthy);
  const what = critical ? 'rollback failed' : rolledBack ? 'rolled back' : 'rollback skipped';
  return {
    status: 'FAILED',
    critical,
    reason: `hook ended with ${exitCode}: deploy failed, ${what}`,
  } as const;
}

/** Why no result will come any more; null while waiting is right. */
function lostReason(facts: Omit<FinalizeFacts, 'probe'>, policy: FinalizePolicy): string | null {
  const waitedMs = facts.now - facts.initiatedAt;
  if (!facts.sight.started) {
    if (waitedMs < policy.startTimeoutMs) return null;
    return `hook did not start: nothing within ${Math.round(policy.startTimeoutMs / 1_000)} s`;
  }
  if (!facts.sight.wrapperAlive) return 'hook ended without a result';
  if (waitedMs < policy.timeoutMs) return null;
  return `hook still runs after ${Math.round(policy.timeoutMs / 1_000)} s`;
}

/** Only an exposed, matching commit proves a deploy nobody reported. */
function decideWithoutResult(
  look: { facts: FinalizeFacts; state: FinalizeState; policy: FinalizePolicy },
  lost: string,
): FinalizeDecision {
  const { state, policy } = look;
  const { probe } = look.facts;
  const proven = probe?.healthy === true && servesExpected(probe.served, { requireServedSha: true });
  const next = proven
    ? { goodProbes: state.goodProbes + 1, badProbes: state.badProbes }
    : { goodProbes: 0, badProbes: state.badProbes + 1 };
  if (next.goodProbes >= PROBES_WITHOUT_RESULT)
    return {
      do: 'settle',
      status: 'SUCCESS',
      reason: `${lost}, but the service says ${probe?.detail}`,
      critical: false,
      rolledBack: false,
      rollbackSafe: true,
      hookExitCode: null,
      evidence: 'served-sha',
    };
  if (next.badProbes >= PROBES_WITHOUT_RESULT)
    return {
      do: 'hold',
      cause: 'deploy-unknown',
      reason: `${lost}; the service says ${probe?.detail ?? 'nothing'}`,
    };
  return { do: 'look-again', afterMs: policy.probeIntervalMs, state: next };
}
