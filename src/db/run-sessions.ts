import type { Instant } from '../pipeline/events.ts';
import type { RunProgress } from '../pipeline/view.ts';
import type { runs } from './schema.ts';

/** What a later run must know to continue the session of a run (AGENT-34, AGENT-40). */
export interface RunSession {
  /** The run continued a session instead of beginning one. */
  resumed: boolean;
  /** Completed main-thread messages. */
  turns: number;
  /** Fill of the context window at the end, 0 to 100. */
  contextPct: number | null;
  host: string | null;
  home: string | null;
  /** Cumulative figures as the CLI reported them. */
  totals: Record<string, unknown> | null;
}

/** A run as the choice of the next session sees it. */
export interface SessionRow {
  id: string;
  stage: string;
  attempt: number;
  class: string | null;
  ended: boolean;
  sessionId: string | null;
  session: RunSession;
  endedAt: Instant | null;
}

/** Of a run that was lost, its last progress tells what its end could not. */
export function toSession(row: typeof runs.$inferSelect): SessionRow {
  const kept = row.session as Partial<RunSession> | null;
  const progress = row.progress as RunProgress | null;
  return {
    id: row.id,
    stage: row.stage,
    attempt: row.attempt,
    class: row.class,
    ended: row.status === 'ended',
    sessionId: row.sessionId,
    session: {
      resumed: kept?.resumed ?? false,
      turns: kept?.turns ?? progress?.turns ?? 0,
      contextPct: kept?.contextPct ?? progress?.contextPct ?? null,
      host: kept?.host ?? row.host,
      home: kept?.home ?? null,
      totals: kept?.totals ?? null,
    },
    endedAt: row.endedAt,
  };
}
