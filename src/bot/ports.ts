import type { FreezeScope } from '../pipeline/effects.ts';
import type { Actor, CommandEvent, Instant, RejectReason } from '../pipeline/events.ts';
import type { Stage } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import type { RunView } from '../pipeline/view.ts';

/**
 * What the bot needs of the engine and the stores behind it (CHAT-1). The composition root implements it;
 * every call reads or changes the database only, so nothing here waits for a network. Calls that return a
 * promise may touch files. Rows of the chat itself: `chat-store.ts`.
 */
export interface Control {
  /**
   * Submits a command to the engine; synchronous, so that it can share a transaction with marking a
   * button used (CB-5). A repeated `event.key` answers `duplicate`.
   */
  apply(event: CommandEvent): Applied;
  /** QG-0, then a task in `analysis` (PIPE-18, PIPE-22). The same `key` returns the same task (CMD-14). */
  createTask(input: NewTaskRequest): Promise<CreatedTask>;
  /** What QG-0 would say; creates nothing. */
  problemsOf(text: { title: string; description: string }): readonly IntakeProblem[];
  /** Everything a surface shows about a task; null when there is none with this id. */
  view(task: number): RunView | null;
  /** Tasks a written reference may mean (CMD-1), newest first, at most 6. Scope null = all projects. */
  find(ref: TaskRef, scope: readonly string[] | null): readonly FoundTask[];
  list(query: TaskQuery): { views: readonly RunView[]; total: number };
  queue(scope: readonly string[] | null): QueueState;
  /** Decision log of a task, newest first (VIEW-5). */
  history(
    task: number,
    page: { offset: number; limit: number },
  ): { entries: readonly HistoryEntry[]; total: number };
  /** Tail of a run log, secrets masked (VIEW-6); stage null = the newest run. Null when there is none. */
  logTail(task: number, stage: Stage | null, lines: number): Promise<LogTail | null>;
  projects(): readonly ProjectInfo[];
  dependencies(task: number): readonly DependencyInfo[];
  /** Would this edge close a cycle? The wids of the cycle, or null (REC-103). */
  cycleOf(task: number, on: number): readonly string[] | null;
  /** Deploys and rollbacks since an instant, oldest first (QUIET-3). */
  deploys(since: Instant, scope: readonly string[] | null): readonly DeployInfo[];
  budget(task: number): BudgetInfo;
  cost(query: CostQuery): CostReport;
  /** Starts issues found at first look (TRACKER first run); absent where no tracker offers it. */
  startFound?(project: string, actor: Actor): Promise<{ started: number }>;
  /** `/ready` in words; absent ⇒ "not available". */
  health?(): Promise<readonly HealthLine[]>;
  /** Commands on a repository or the queue; a missing one is answered "not available here". */
  repo: Partial<RepoControl>;
}

export type Applied =
  | { ok: true; task: TaskState }
  | { ok: false; reason: RejectReason; message: string; task: TaskState | null };

export interface NewTaskRequest {
  key: string;
  repo: string;
  title: string;
  description: string;
  actor: Actor;
  /** Chat the task came from; it always reports there (TOPIC-1). */
  chat: string;
  /** Work items that have to be done first. */
  blockedBy?: readonly string[];
}

/** One thing QG-0 found; the bot words it (PLANE-51). */
export type IntakeProblem =
  | { kind: 'title-short' | 'description-short'; n: number; min: number }
  | { kind: 'title-long'; n: number; max: number }
  | { kind: 'other'; message: string };

export type CreatedTask =
  | { ok: true; task: number; wid: string }
  | { ok: false; problems: readonly IntakeProblem[] };

/** `ORCH-042` and `orch-42` give a prefix, `42` none. */
export interface TaskRef {
  prefix: string | null;
  number: number;
}

export interface FoundTask {
  task: number;
  wid: string;
  title: string;
  repo: string;
}

export type TaskFilter = 'open' | 'mine' | 'waiting' | 'running' | 'blocked' | 'done';

/** `waiting` = waits for a person; `mine` = created by `user`; `open` = not terminal, the default. */
export interface TaskQuery {
  filter: TaskFilter;
  repo: string | null;
  scope: readonly string[] | null;
  /** Actor id of the asker, for `mine`. */
  user: string;
  offset: number;
  limit: number;
}

export interface QueueState {
  agents: { busy: number; max: number };
  breaker: { open: boolean; until: Instant | null; errors: number };
  /** Pause of the whole queue; pauses of one project are in `projects()`. */
  paused: { by: string; since: Instant } | null;
  counts: { queued: number; running: number; done: number; failed: number };
  freezes: readonly FreezeInfo[];
  limitUntil: Instant | null;
}

export interface FreezeInfo {
  repo: string;
  scope: FreezeScope;
  reason: string;
  by: string;
  since: Instant;
}

export interface HistoryEntry {
  at: Instant;
  /** Name of the person, or null for the system. */
  actor: string | null;
  event: string;
  accepted: boolean;
  from: string;
  to: string;
  reason: string;
}

export interface LogTail {
  wid: string;
  stage: Stage;
  attempt: number;
  text: string;
}

export interface ProjectInfo {
  repo: string;
  name: string;
  prefix: string;
  tracker: string;
  forge: string;
  deploy: string | null;
  staging: string | null;
  service: string;
  baseBranch: string;
  /** Chat user ids (as text) that may decide; empty = everybody whose role allows (ACC-10). */
  approvers: readonly string[];
  gatesOff: readonly string[];
  freezes: readonly FreezeInfo[];
  paused: { by: string; since: Instant } | null;
  lastDeploy: { sha: string; at: Instant; result: string } | null;
}

export interface DependencyInfo {
  wid: string;
  stage: Stage;
  /** `on`: this task waits for it; `of`: it waits for this task. */
  direction: 'on' | 'of';
}

export interface DeployInfo {
  repo: string;
  wid: string;
  kind: 'deploy' | 'rollback';
  sha: string;
  at: Instant;
  /** State of the deploy in the words of SHIP-92. */
  result: string;
}

export interface BudgetLine {
  cap: 'attempt' | 'task' | 'day';
  capUsd: number | null;
  spentUsd: number;
}

export interface BudgetInfo {
  lines: readonly BudgetLine[];
  /** Cap that stopped the task, if one did. */
  stoppedBy: 'attempt' | 'task' | 'day' | null;
}

export interface CostQuery {
  /** Whole days of `ORCH_TZ`, but `24h`. */
  period: '24h' | 'today' | '7d' | '30d' | 'month';
  task: number | null;
  scope: readonly string[] | null;
}

export interface CostLine {
  label: string;
  runs: number;
  tokensIn: number;
  tokensOut: number;
  costUsd: number;
}

export interface CostReport {
  total: CostLine;
  /** Sections by name: `day`, `project`, `role`; for one task `stage`. */
  by: Readonly<Record<string, readonly CostLine[]>>;
  /** The five most expensive tasks. */
  top: readonly CostLine[];
  /** USD spent on failed or repeated attempts. */
  wastedUsd: number;
  runsWithoutUsage: number;
}

export interface HealthLine {
  name: string;
  ok: boolean;
  detail: string;
}

export type RepoResult = { ok: true; detail: string } | { ok: false; message: string };

/** What a rollback would do; asked before the two-step question (SHIP-170, SHIP-171). */
export type RollbackPlan =
  | {
      ok: true;
      task: number | null;
      service: string;
      sha: string;
      previousSha: string;
      warning: string | null;
    }
  | { ok: false; message: string };

export interface RepoControl {
  freeze(input: { repo: string; scope: FreezeScope; reason: string; actor: Actor }): RepoResult;
  unfreeze(input: { repo: string; reason: string; actor: Actor }): RepoResult;
  /** Repo null = the whole queue (VIEW-2). */
  pause(input: { repo: string | null; actor: Actor }): RepoResult;
  resume(input: { repo: string | null; actor: Actor }): RepoResult;
  rollbackPlan(target: { repo: string | null; task: number | null }): RollbackPlan;
  rollback(input: { repo: string; task: number | null; sha: string; actor: Actor }): RepoResult;
  revert(input: { task: number; sha: string; actor: Actor }): RepoResult;
}
