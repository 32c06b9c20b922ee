import type { ServedSha } from './served-sha.ts';

/** `ORCH_POST_DEPLOY_…` (SHIP-152). */
export interface WatchPolicy {
  windowMs: number;
  intervalMs: number;
  /** Consecutive failed probes that mean DEGRADED. */
  failThreshold: number;
  /** Ratio of 5xx answers above which it is DEGRADED, 0 to 1. */
  fiveXxThreshold: number;
  /** Least requests in the window for the ratio to count. */
  minRequests: number;
}

/** Absolute counters of a metrics endpoint. */
export interface Counters {
  requests: number;
  fiveXx: number;
}

/** What one tick saw. */
export interface WatchSample {
  at: number;
  /** Null when the probe could not be made by a fault of ours: not a failed probe (SHIP-155). */
  healthy: boolean | null;
  served: ServedSha | null;
  /** True when the served commit is one of a newer deploy, which ends the older watch elsewhere. */
  servedByNewerDeploy?: boolean;
  counters: Counters | null;
  /** One line for report 16. */
  detail: string;
}

/** A watch between two ticks; stored with the deploy, so a restart loses nothing (SHIP-151). */
export interface WatchState {
  startedAt: number;
  checks: number;
  failed: number;
  consecutiveFailures: number;
  requests: number;
  fiveXx: number;
  lastCounters: Counters | null;
  lines: readonly string[];
}

export type WatchDecision =
  | { do: 'watch'; state: WatchState; afterMs: number }
  | { do: 'end'; state: WatchState; result: 'HEALTHY' | 'DEGRADED'; observed: boolean; reason: string };

/** A watch that begins now. */
export const startWatch = (at: number): WatchState => ({
  startedAt: at,
  checks: 0,
  failed: 0,
  consecutiveFailures: 0,
  requests: 0,
  fiveXx: 0,
  lastCounters: null,
  lines: [],
});

/** How many ticks a whole watch has. */
export const ticksOf = (policy: WatchPolicy): number =>
  Math.max(1, Math.ceil(policy.windowMs / policy.intervalMs));

/** Takes one sample in and decides: DEGRADED at once, HEALTHY when the window has ended (SHIP-154 to SHIP-156). Pure. */
export function tickWatch(before: WatchState, sample: WatchSample, policy: WatchPolicy): WatchDecision {
  const state = takeIn(before, sample);
  const bad = degradedBecause(state, sample, policy);
  if (bad !== null) return { do: 'end', state, result: 'DEGRADED', observed: true, reason: bad };
  const endsAt = state.startedAt + policy.windowMs;
  if (sample.at < endsAt)
    return { do: 'watch', state, afterMs: Math.min(policy.intervalMs, endsAt - sample.at) };
  const observed = state.checks > 0;
  const reason = observed
    ? `${state.checks - state.failed} of ${state.checks} checks passed`
    : 'not observable';
  return { do: 'end', state, result: 'HEALTHY', observed, reason };
}

function takeIn(state: WatchState, sample: WatchSample): WatchState {
  const lines = [...state.lines, `${new Date(sample.at).toISOString()} ${sample.detail}`];
  const { counters } = sample;
  const last = state.lastCounters;
  const counted = {
    lines,
    lastCounters: counters ?? last,
    requests: state.requests + growth(last?.requests, counters?.requests),
    fiveXx: state.fiveXx + growth(last?.fiveXx, counters?.fiveXx),
  };
  if (sample.healthy === null) return { ...state, ...counted };
  return {
    ...state,
    ...counted,
    checks: state.checks + 1,
    failed: state.failed + (sample.healthy ? 0 : 1),
    consecutiveFailures: sample.healthy ? 0 : state.consecutiveFailures + 1,
  };
}

/** Growth of a counter; a reset or a first reading adds nothing (SHIP-153). */
function growth(before: number | undefined, now: number | undefined): number {
  return before === undefined || now === undefined ? 0 : Math.max(0, now - before);
}

function degradedBecause(state: WatchState, sample: WatchSample, policy: WatchPolicy): string | null {
  if (state.consecutiveFailures >= policy.failThreshold)
    return `${state.consecutiveFailures} failed checks in a row: ${sample.detail}`;
  const ratio = fiveXxRatio(state);
  if (state.requests >= policy.minRequests && ratio > policy.fiveXxThreshold)
    return `${(ratio * 100).toFixed(1)} % of ${state.requests} requests answered 5xx`;
  if (sample.served?.match === 'other' && !sample.servedByNewerDeploy)
    return `the service now serves ${sample.served.exposed}`;
  return null;
}

/** Share of 5xx answers over the window so far, 0 when nothing was counted. */
export const fiveXxRatio = (state: WatchState): number =>
  state.requests === 0 ? 0 : state.fiveXx / state.requests;
