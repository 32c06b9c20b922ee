import type { Usage } from './agent-result.ts';
import type { Estimate } from './estimate.ts';
import type { Instant, WatchResult } from './events.ts';
import type { WorkStage } from './stages.ts';
import type { TaskState } from './task.ts';
import type { Activity } from './waiting.ts';

/** One process of an attempt, as the runs table keeps it. */
export interface RunRecord {
  id: string;
  stage: WorkStage;
  attempt: number;
  run: number;
  status: 'queued' | 'running' | 'finalizing' | 'ended';
  class: string | null;
  startedAt: Instant | null;
  endedAt: Instant | null;
  usage: Usage | null;
  progress: RunProgress | null;
  host: string | null;
  logPath: string | null;
}

/** Last live progress of a run (AGENT-50). */
export interface RunProgress {
  phase: string;
  activity: { verb: string; object: string } | null;
  turns: number;
  tokensIn: number;
  tokensOut: number;
  costUsd: number | null;
  estimated: boolean;
  model: string | null;
  /** Fill of the context window, 0 to 100; null while unknown. */
  contextPct?: number | null;
  /** Process group of the agent on the run's host. */
  pgid?: number | null;
  at: Instant;
}

/** One stored step verdict. */
export interface VerdictRecord {
  stage: WorkStage;
  attempt: number;
  generation: number;
  step: string;
  outcome: string;
  reason: string;
  evidence: Readonly<Record<string, unknown>>;
  at: Instant;
}

/** Everything a surface may show about one task; rendering it is pure (CARD-2). */
export interface RunView {
  task: TaskState;
  /** `working` split into what it is now (PIPE-44). */
  now: Activity | { kind: 'queued'; since: Instant; ahead: number; busy: number; max: number };
  runs: readonly RunRecord[];
  verdicts: readonly VerdictRecord[];
  project: {
    name: string;
    repo: string;
    service: string;
    baseBranch: string;
    tracker: 'local' | 'plane';
    deploy: 'hook' | 'agent' | 'none' | null;
    staging: 'hook' | 'agent' | 'none' | null;
  };
  maxBounces: number;
  money: {
    spentUsd: number;
    estimated: boolean;
    taskCapUsd: number | null;
  };
  /** While the approval is asked: what the rest may take; null where too little was delivered to say. */
  estimate: Estimate | null;
  /** Flags and notes of CARD-11, as data. */
  notes: readonly CardNote[];
  previousServedSha: string | null;
  watch: WatchResult | null;
  links: {
    brd: string | null;
    pr: string | null;
    diff: string | null;
    issue: string | null;
  };
  at: Instant;
}

export type CardNote =
  | { kind: 'board-differs'; status: string }
  | { kind: 'issue-gone' }
  | { kind: 'restored'; count: number }
  | { kind: 'foreign-push'; sha: string }
  | { kind: 'branch-deleted' }
  | { kind: 'merged-outside' }
  | { kind: 'pr-closed' }
  | { kind: 'gate-off'; gate: string }
  | { kind: 'dependency-unchecked'; on: string };
