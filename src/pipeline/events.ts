import type { AgentClass, Usage } from './agent-result.ts';
import type { GateName, HoldCause, Stage } from './stages.ts';
import type { Evidence, GateResult, Outcome } from './verdict.ts';

/** Epoch milliseconds, UTC. */
export type Instant = number;

/** What an event is about. Absent parts bind to the task's present state (CMD-3). */
export interface Target {
  task: number;
  stage?: Stage;
  attempt?: number;
  /** Commit the person was shown (approve, confirm-deploy). */
  sha?: string;
  /** Fence the work was started under; an older one makes a fact stale (AGENT-56). */
  fence?: number;
}

export type ChatRole = 'viewer' | 'operator' | 'owner';

/** Who caused a command (PIPE-29). `id` is the surface's own id of the person. */
export interface Actor {
  surface: 'chat' | 'tracker' | 'label' | 'cli' | 'http' | 'system';
  id: string;
  name: string;
  role: ChatRole;
}

export const TASK_COMMANDS = [
  'start',
  'approve',
  'reject',
  'answer',
  'relaunch',
  'confirm-deploy',
  'retry',
  'fix',
  'regate',
  'override',
  'raise-budget',
  'resume-now',
  'not-before',
  'note',
  'auto',
  'depend',
  'stop',
] as const;
export type TaskCommand = (typeof TASK_COMMANDS)[number];

/** Arguments beside `text`; each command reads its own keys. */
export interface CommandArgs {
  /** `override`: which gate. */
  gate?: GateName;
  /** `raise-budget`: which cap, by how many USD. */
  cap?: 'attempt' | 'task' | 'day';
  usd?: number;
  /** `not-before`: earliest instant. */
  at?: Instant;
  /** `auto`: which switch, and its value. */
  auto?: 'approve' | 'deploy';
  on?: boolean;
  /** `depend`: work item id and whether the edge is added or removed. */
  dependency?: { on: string; remove: boolean; cycle?: readonly string[] };
  /** `start`: the tracker was away; the issue is created later (PLANE-12). */
  createIssue?: { key: string; labels: readonly string[] };
}

/** What one step of an attempt ended with, handed up the flow to `settle-stage`. */
export interface StepResult {
  /** `agent`, an engine step, or `gate.<name without check_>`. */
  step: string;
  outcome: Outcome | 'hold' | 'faulted' | 'not-run';
  reason: string;
  evidence: Evidence;
  hold?: HoldCause;
}

/** Look `k` of at most `max` at a forge that does not answer; the next at `retryAt`. */
export interface Away {
  k: number;
  max: number;
  retryAt: Instant;
}

export interface FactData {
  'agent-result': {
    run: number;
    class: AgentClass;
    /** One line for people. */
    reason: string;
    startSha: string | null;
    headSha: string | null;
    /** False when the code tree outside the artefacts is what it was at the start (PIPE-40). */
    codeChanged: boolean;
    usage: Usage | null;
    sessionId: string | null;
    exitCode: number | null;
    logTail: string;
    restored: readonly string[];
    archiveRef: string | null;
    /** Earliest next run for `transient`, `limit`; null lets the policy decide. */
    resumeAt: Instant | null;
    /** `budget`: which cap was reached, and its amount in USD. */
    cap?: { name: 'attempt' | 'task' | 'day'; usd: number | null };
    /** `auth` before the start: the host that is not ready (AGENT-44). */
    host?: string;
  };
  'gate-result': { gate: GateName; result: GateResult; retryAt?: Instant };
  'stage-settled': { steps: readonly StepResult[] };
  'step-faulted': { step: string; reason: string; attempts: number };
  'run-lost': { reason: string };
  'ci-changed': { sha: string };
  'pr-changed': { number: number; merged: boolean; closed: boolean };
  push: { branch: string; sha: string | null; main: boolean; foreign: boolean };
  /** `issueId`: the issue that was created for the task afterwards (PLANE-12). */
  'tracker-changed': { statusName?: string; deleted?: boolean; issueId?: string };
  'lease-changed': Record<string, never>;
  /** `project`: what changed in its registry entry, so that its tasks cannot go on (REG-7). */
  'repo-changed': { by?: string; project?: string };
  'deps-changed': { ended?: string; cancelled?: boolean; cycle?: readonly string[] };
  /** `away`: a step under way waits for the forge to answer and goes on by itself. */
  'runtime-changed': { ready: boolean; reason?: string; away?: Away };
  'deploy-result': {
    step: 'prepare' | 'merge' | 'deploy' | 'finalize-deploy' | 'rollback';
    result: StepResult;
  };
  'watch-result': WatchResult;
  timer: Record<string, never>;
  /** `block`: what makes going on wrong; a person decides (REC-163, REC-173). */
  wake: { block?: { cause: 'restored' | 'unknown-state'; reason: string } };
}
export type Fact = keyof FactData;

/** A tick or the end of the post-deploy watch (SHIP-150 to SHIP-157). */
export interface WatchResult {
  state: 'WATCHING' | 'HEALTHY' | 'DEGRADED' | 'SUPERSEDED';
  ticks: number;
  of: number;
  failed: number;
  observed: boolean;
  reason: string;
  /** Set once a rollback was tried; null while none was. */
  rolledBack: { ok: boolean; toSha: string | null; detail: string } | null;
}

interface EventBase {
  /** Idempotency key; the same key is accepted at most once. */
  key: string;
  target: Target;
  at: Instant;
}

export type CommandEvent = EventBase & {
  kind: 'command';
  name: TaskCommand;
  actor: Actor;
  text?: string;
  args?: CommandArgs;
};

export type FactEvent = {
  [F in Fact]: EventBase & { kind: 'fact'; name: F; data: FactData[F] };
}[Fact];

/** Everything that can happen to a task (PIPE-1). */
export type Event = CommandEvent | FactEvent;

/** Why an event changed nothing (PIPE-15). */
export const REJECT_REASONS = [
  'stale_stage',
  'stale_attempt',
  'stale_sha',
  'expired',
  'duplicate',
  'own_echo',
  'not_waiting',
  'nothing_to_approve',
  'nothing_to_confirm',
  'not_rejectable_now',
  'relaunch_only_at_analysis',
  'critical_window',
  'frozen',
  'not_allowed',
  'terminal',
  'job_active',
  'unknown_project',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];
