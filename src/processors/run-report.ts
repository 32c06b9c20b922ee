import type { AgentOutcome, AgentRun } from '../agent/port.ts';
import type { FactData } from '../pipeline/events.ts';

/** What a run leaves beside the fact: for the runs table, the breaker and the pings. */
export interface RunExtras {
  /** Coarse outcome (AGENT-38); null for a run that never started. */
  outcome: AgentOutcome | null;
  /** What a later run needs to continue the session (AGENT-40); null for a run that never started. */
  session: {
    turns: number;
    contextPct: number | null;
    host: string;
    home: string;
    totals: AgentRun['sessionTotals'];
  } | null;
  /** Why this host runs no model now (AGENT-44). */
  notReady: { host: string; cause: string; reason: string; fix: string } | null;
}
export type RunReport = FactData['agent-result'] & RunExtras;

/** Why no run may start here and now. */
export type Refusal =
  | { class: 'auth'; reason: string; notReady: NonNullable<RunExtras['notReady']> }
  | { class: 'budget'; reason: string; cap: NonNullable<RunReport['cap']>; resumeAt: number | null }
  | { class: 'cancelled' | 'interrupted' | 'session-missing'; reason: string };

const EMPTY = {
  run: 0,
  startSha: null,
  headSha: null,
  codeChanged: false,
  usage: null,
  sessionId: null,
  exitCode: null,
  logTail: '',
  restored: [],
  archiveRef: null,
  resumeAt: null,
  outcome: null,
  session: null,
  notReady: null,
} as const satisfies Partial<RunReport>;

/** A run that was never started spends nothing and leaves nothing behind. */
export const notStarted = (refusal: Refusal): RunReport => ({ ...EMPTY, ...refusal });

const LOG_TAIL = 4000;

/** A run that had a process. */
export const reportOf = (
  run: AgentRun,
  more: Partial<RunReport> & { place: { host: string; home: string } },
): RunReport => {
  const { place, ...rest } = more;
  return {
    ...EMPTY,
    class: run.class,
    reason: run.reason,
    usage: run.usage,
    sessionId: run.sessionId,
    exitCode: run.exitCode,
    logTail: run.logTail.slice(-LOG_TAIL),
    outcome: run.outcome,
    session: { turns: run.turns, contextPct: run.contextPct, totals: run.sessionTotals, ...place },
    ...rest,
  };
};
