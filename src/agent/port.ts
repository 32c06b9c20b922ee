import { z } from 'zod';
import { AGENT_CLASSES, type AgentClass, type Usage } from '../pipeline/agent-result.ts';
import { ROLES } from '../pipeline/stages.ts';
import { PriceTable } from './pricing.ts';
import type { Progress } from './progress.ts';

/** Cumulative figures of a session at the end of its last recorded run (AGENT-34). */
export const SessionTotals = z.object({
  costUsd: z.number(),
  models: z.record(
    z.string(),
    z.object({
      inputTokens: z.number(),
      outputTokens: z.number(),
      cacheReadTokens: z.number(),
      cacheCreationTokens: z.number(),
    }),
  ),
});
export type SessionTotals = z.infer<typeof SessionTotals>;

/** Independent deadlines of a run in milliseconds (AGENT-26, AGENT-27). */
export const Deadlines = z.object({
  firstByteMs: z.number().int().positive(),
  idleMs: z.number().int().positive(),
  wallMs: z.number().int().positive(),
  resultGraceMs: z.number().int().nonnegative(),
  killGraceMs: z.number().int().positive(),
});
export type Deadlines = z.infer<typeof Deadlines>;

/**
 * Everything a run needs to know, as JSON: it travels in a job to a host without a database (AGENT-55).
 * It carries no secret. The worktree is given at run time, because only the host knows its path.
 */
export const AgentRequest = z.object({
  v: z.literal(1),
  task: z.number().int(),
  wid: z.string().min(1),
  repo: z.string().min(1),
  stage: z.string().min(1),
  attempt: z.number().int().positive(),
  /** Process count; with `runId` it names one process. */
  run: z.number().int().positive(),
  /** Names the log, the brief and the marker; file-name safe and unique for ever. */
  runId: z.string().regex(/^[A-Za-z0-9._-]{1,120}$/),
  fence: z.number().int(),
  role: z.enum(ROLES),
  /** The whole brief, or the short message of a resumed run (AGENT-40). */
  brief: z.string().min(1),
  prompt: z.object({ name: z.string(), body: z.string(), tools: z.array(z.string()) }),
  /** Null: the flag is left out. */
  model: z.string().nullable(),
  effort: z.string().nullable(),
  fallbackModel: z.string().nullable(),
  deadlines: Deadlines,
  /** USD this invocation may cost; null where every cap is off. */
  runCapUsd: z.number().positive().nullable(),
  prices: PriceTable,
  /** `id` is a fresh UUID, or with `resume` the session to continue and its figures so far. */
  session: z.object({
    id: z.uuid(),
    resume: z.boolean(),
    totals: SessionTotals.nullable(),
    /** Where a session to continue is kept (AGENT-60). */
    host: z.string().optional(),
  }),
  /** Author of commits the agent makes itself, without the role (FORGE-85). */
  identity: z.object({ name: z.string().min(1), email: z.string().min(1) }),
  /** Repository paths the role must write; a resumed run without them and without a tool call is saturated. */
  outputs: z.array(z.string()),
});
export type AgentRequest = z.infer<typeof AgentRequest>;

/** Coarse outcomes for queue, breaker and metrics (AGENT-38). */
export type AgentOutcome =
  | 'ok'
  | 'permanent'
  | 'transient'
  | 'limit'
  | 'auth'
  | 'timed-out'
  | 'stalled'
  | 'budget'
  | 'cancelled'
  | 'interrupted';

/** How a run ended. A report, not a verdict: only gates decide about the work (AGENT-58). */
export const AgentRun = z.object({
  class: z.enum(AGENT_CLASSES),
  outcome: z.custom<AgentOutcome>((value) => typeof value === 'string'),
  /** One line for people. */
  reason: z.string(),
  /** -9 for a run that was killed (AGENT-27); null when it never started. */
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  usage: z.custom<Usage>().nullable(),
  /** Figures to hand to the next run of the same session. */
  sessionTotals: SessionTotals.nullable(),
  sessionId: z.string().nullable(),
  /** Completed main-thread messages; above 0 a session is worth resuming. */
  turns: z.number(),
  /** Fill of the context window after the last main-thread message, 0 to 100. */
  contextPct: z.number().nullable(),
  toolCounts: z.record(z.string(), z.number()),
  /** Last lines of the log without partial messages, at most 64 KiB. */
  logTail: z.string(),
  permissionDenials: z.array(z.string()),
  lastActivity: z.object({ verb: z.string(), object: z.string() }).nullable(),
  /** An explicit Retry-After the output stated, seconds. */
  retryAfterS: z.number().optional(),
  /** The CLI's own last retry delay; used only where longer than the formula (AGENT-42). */
  retryDelayMs: z.number().optional(),
  /** Epoch ms at which a usage limit resets, where the output told. */
  limitResetAt: z.number().optional(),
  durationMs: z.number(),
  /** Pids the final sweep could not end; the worktree must not be used while there are any. */
  survivors: z.array(z.number()),
});
export type AgentRun = z.infer<typeof AgentRun>;

/** Reasons `RunHooks.signal` may be aborted with; any other counts as `interrupted`. */
export type StopReason = 'cancelled' | 'interrupted' | 'budget';

export interface RunHooks {
  /** The task's worktree, clean and on the task branch (AGENT-25). */
  cwd: string;
  /** Called at most once per progress interval, at least every 15 s (AGENT-50). */
  onProgress?: (progress: Progress) => void;
  /** Called once when the child lives, with its pid. */
  onSpawn?: (pid: number) => void;
  /** Abort with a `StopReason` to stop the run; the promise still resolves, with usage. */
  signal?: AbortSignal;
}

/** Runs one role once. Every end of the child is a value; throws AppError only when none could be started. */
export interface AgentRunner {
  run(request: AgentRequest, hooks: RunHooks): Promise<AgentRun>;
}

const OUTCOMES: Readonly<Record<AgentClass, AgentOutcome>> = {
  finished: 'ok',
  crash: 'permanent',
  'agent-error': 'permanent',
  'empty-log': 'permanent',
  saturated: 'permanent',
  'session-missing': 'permanent',
  'stale-base': 'permanent',
  transient: 'transient',
  'first-byte': 'transient',
  limit: 'limit',
  auth: 'auth',
  billing: 'auth',
  timeout: 'timed-out',
  idle: 'stalled',
  budget: 'budget',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
};

/** The coarse outcome of a class (AGENT-38). */
export const outcomeOf = (agentClass: AgentClass): AgentOutcome => OUTCOMES[agentClass];
