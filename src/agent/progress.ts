import type { AgentRequest } from './port.ts';
import type { Activity } from './stream/activity.ts';

export type Phase = 'preparing' | 'waiting-model' | 'working' | 'retrying' | 'stopping' | 'finalizing';

/** One progress event (AGENT-50). A lower `seq` or an old `fence` is dropped by whoever reads it. */
export interface Progress {
  v: 1;
  task: number;
  stage: string;
  attempt: number;
  run: number;
  fence: number;
  seq: number;
  /** ISO time, UTC. */
  at: string;
  host: string;
  /** Process group of the agent on that host; null before it was started. */
  pgid: number | null;
  phase: Phase;
  activity: Activity;
  /** While `retrying`: which try, and how long until it (AGENT-51). */
  retry?: { attempt: number; delay_ms: number };
  tools: Readonly<Record<string, number>>;
  turns: number;
  tokens: { in: number; cached: number; out: number };
  /** Null while nothing is known to estimate it with. */
  cost_usd: number | null;
  estimated: boolean;
  context_pct: number | null;
  model: string | null;
  elapsed_s: number;
}

/** The part of an event that changes while a run lives. */
export type Snapshot = Pick<
  Progress,
  | 'phase'
  | 'activity'
  | 'retry'
  | 'tools'
  | 'turns'
  | 'tokens'
  | 'cost_usd'
  | 'estimated'
  | 'context_pct'
  | 'model'
>;

export const HEARTBEAT_MS = 15_000;

export interface ProgressDeps {
  now: () => number;
  host: string;
  /** At most one event per interval (`ORCH_PROGRESS_INTERVAL_MS`). */
  intervalMs: number;
  emit: (progress: Progress) => void;
  /** Reads the present state; called only when an event is due. */
  snapshot: () => Snapshot;
}

export interface ProgressReporter {
  /** The agent lives in this process group; its heartbeat begins, whatever it says. */
  spawned(pgid: number): void;
  /** Something changed: report now, or at the end of the interval. */
  touch(): void;
  /** Reports the last state at once and ends the heartbeat. */
  close(): void;
}

/** Throttles progress to one event per interval and keeps a heartbeat of 15 s (AGENT-50). */
export function createProgress(request: AgentRequest, deps: ProgressDeps): ProgressReporter {
  const startedAt = deps.now();
  const { task, stage, attempt, run, fence } = request;
  let seq = 0;
  let pgid: number | null = null;
  let lastAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let scheduled = false;
  const beat = () => {
    clearTimeout(timer);
    timer = setTimeout(report, HEARTBEAT_MS);
    timer.unref();
  };
  const report = () => {
    clearTimeout(timer);
    const at = deps.now();
    lastAt = at;
    beat();
    scheduled = false;
    deps.emit({
      v: 1,
      ...{ task, stage, attempt, run, fence },
      seq: ++seq,
      at: new Date(at).toISOString(),
      host: deps.host,
      pgid,
      elapsed_s: Math.round((at - startedAt) / 1000),
      ...deps.snapshot(),
    });
  };
  return {
    touch() {
      if (scheduled) return;
      const waitMs = lastAt + deps.intervalMs - deps.now();
      if (waitMs <= 0) return report();
      scheduled = true;
      clearTimeout(timer);
      timer = setTimeout(report, waitMs);
      timer.unref();
    },
    spawned(group) {
      pgid = group;
      beat();
    },
    close() {
      report();
      clearTimeout(timer);
    },
  };
}
