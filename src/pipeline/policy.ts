import type { FreezeScope } from './effects.ts';
import type { Instant } from './events.ts';
import type { Project } from './project.ts';
import type { Stage } from './stages.ts';

/** Limits and times of the settings that `transition` reads; all times in milliseconds. */
export interface Limits {
  maxDeveloperRetries: number;
  maxAnalysisReturns: number;
  verdictReruns: number;
  noProgressEscalate: boolean;
  noProgressMax: number;
  restartLoopMax: number;
  jobMaxAttempts: number;
  transientMaxAttempts: number;
  transientBackoffBaseMs: number;
  transientBackoffMaxMs: number;
  confirmDeploy: boolean;
  confirmTtlMs: number;
  remindAfterMs: number;
  remindMax: number;
  ciMaxWaitMs: number;
  ciMissingMs: number;
  leaseWarnMs: number;
  reconcileMs: number;
  workMs: number;
  deployMs: number;
  stopMs: number;
  limitAutoResume: boolean;
  pingDone: boolean;
  raiseUsd: number;
  watchEnabled: boolean;
  degradedFreezes: boolean;
}

export interface Freeze {
  scope: FreezeScope;
  cause: string;
  reason: string;
  by: string;
  since: Instant;
}

/** What the rest of the system looks like to one task at this moment; read inside the transaction. */
export interface Surroundings {
  freezes: readonly Freeze[];
  /** True when freezes could not be read: counts as frozen (REC-113). */
  freezesUnreadable?: boolean;
  paused: { by: string; since: Instant } | null;
  /** Earlier unfinished task of the repository, where the serial gate applies (REC-110). */
  serialBehind: string | null;
  /** Unfinished predecessors (REC-101). */
  dependsOn: readonly { wid: string; stage: Stage }[];
  /** Agent runs of this task in the last 24 h, and their limit (REC-133). */
  runsToday: { count: number; max: number };
  /** Start of the next deploy window; null while one is open or none is declared (SHIP-86). */
  windowOpensAt: Instant | null;
  /** The open circuit breaker, until when it lets no agent start, after how many errors (AGENT-45). */
  breaker?: { until: Instant; errors: number } | null;
}

/** Everything a decision depends on beside the task and the event. */
export interface Policy {
  project: Project;
  limits: Limits;
  around: Surroundings;
}
