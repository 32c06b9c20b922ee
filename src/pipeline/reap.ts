import type { Instant } from './events.ts';

/** Why a run is taken from its worker (REC-64). */
export type Tier = 1 | 2 | 3;

/** What control knows of a run that has not ended. All times in control's clock. */
export interface ReapSight {
  startedAt: Instant;
  phase: string;
  /** Its worker is known to be gone: its process is dead, or Redis has lost its connection and its lock. */
  workerGone: boolean;
  /** When its worker was last heard, or since when it could have been; silence counts from here (AGENT-59). */
  heardAt: Instant;
  /** Looks in a row at which its process was dead. */
  deadLooks: number;
  /** When its child ended, once that is recorded. */
  exitedAt: Instant | null;
  /** Its own wall clock with the time to stop it. */
  ownLimitMs: number;
}

export interface ReapLimits {
  lostMs: number;
  deadLooks: number;
  finalizeGraceMs: number;
  maxRunningMs: number;
}

/** Which tier of the reaper a run falls under, and why; null while it is left alone (REC-64, REC-65). Pure. */
export function judgeRun(
  run: ReapSight,
  limits: ReapLimits,
  now: Instant,
): { tier: Tier; reason: string } | null {
  const { lostMs, deadLooks, finalizeGraceMs, maxRunningMs } = limits;
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
  if (run.workerGone) return { tier: 1, reason: 'the process that watched the run has died' };
  const silentMs = now - run.heardAt;
  if (silentMs >= lostMs)
    return { tier: 1, reason: `nothing was heard of its worker for ${seconds(silentMs)}` };
  // Commit, push and comments happen with the process already gone (REC-65).
  if (run.deadLooks >= deadLooks && run.phase !== 'finalizing')
    return { tier: 1, reason: 'its process is gone and its worker says nothing of it' };
  if (run.exitedAt !== null && now - run.exitedAt > finalizeGraceMs)
    return {
      tier: 2,
      reason: `its process ended ${seconds(now - run.exitedAt)} ago and its result never came`,
    };
  const limitMs = Math.max(maxRunningMs, run.ownLimitMs + finalizeGraceMs);
  if (now - run.startedAt > limitMs) return { tier: 3, reason: `it runs longer than ${seconds(limitMs)}` };
  return null;
}
