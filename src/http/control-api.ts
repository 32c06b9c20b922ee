import type { FreezeScope } from '../pipeline/effects.ts';
import type { Actor, CommandArgs, RejectReason, TaskCommand } from '../pipeline/events.ts';
import type { Stage } from '../pipeline/stages.ts';
import type { Owner } from '../pipeline/waiting.ts';

/** Plain data as it goes over the wire: snake_case, times as ISO 8601 UTC. */
export type Timestamp = string;

export type MaybePromise<T> = T | Promise<T>;

/** Why a task waits and who can end it (PIPE-44). */
export interface WaitingSummary {
  kind: string;
  owner: Owner;
  since: Timestamp;
  deadline: Timestamp | null;
  sentence: string;
}

/** One line of `GET /tasks` and of `active_tasks` in `GET /status`. */
export interface TaskSummary {
  wid: string;
  task_id: number;
  repo: string;
  title: string;
  stage: Stage;
  attempt: number;
  /** Null while it works, is queued, or is done. */
  waiting: WaitingSummary | null;
  updated_at: Timestamp;
}

/** `GET /tasks/<wid>`: everything a person asks about one task. */
export interface TaskDetail extends TaskSummary {
  description: string;
  branch: string;
  /** Stages entered, in order, and the last attempt number of each. */
  stages: readonly Stage[];
  attempts: Readonly<Partial<Record<Stage, number>>>;
  bounces: number;
  gates: readonly { gate: string; verdict: string; reason: string; stage: Stage; attempt: number }[];
  merged: boolean;
  landed_tree_matches: boolean | null;
  head_sha: string | null;
  tested_sha: string | null;
  landed_sha: string | null;
  served_sha: string | null;
  rolled_back: boolean;
  links: Readonly<Record<string, string | null>>;
  /** Decision log, newest first. */
  history: readonly { at: Timestamp; actor: string | null; event: string; accepted: boolean; text: string }[];
}

export interface TaskListQuery {
  /** Default `open`: not terminal. */
  filter: 'open' | 'waiting' | 'running' | 'blocked' | 'done' | 'all';
  /** Repository name or prefix. */
  project?: string;
  offset: number;
  limit: number;
}

export interface TaskLogQuery {
  wid: string;
  /** Absent: the newest run. */
  stage?: string;
  lines: number;
}

export interface TaskLog {
  wid: string;
  stage: string;
  attempt: number;
  text: string;
}

export interface CreateTaskRequest {
  /** Repository name or prefix. */
  project: string;
  title: string;
  description: string;
  labels: readonly string[];
  blocked_by: readonly string[];
  start: boolean;
  actor: Actor;
  /** The same key creates the same task once. */
  key: string;
}

export type CreateTaskResult =
  | { ok: true; work_item_id: string; task_id: number | null; status: string }
  | { ok: false; kind: 'unknown-project' }
  /** QG-0 (PIPE-18): one sentence per problem. */
  | { ok: false; kind: 'qg0'; errors: readonly string[] };

export interface CommandRequest {
  wid: string;
  command: TaskCommand;
  text?: string;
  /** What the person was shown; absent parts bind to the present state. */
  target: { sha?: string; stage?: Stage; attempt?: number };
  args: CommandArgs;
  actor: Actor;
  key: string;
}

export type CommandResult =
  | { ok: true; task: TaskSummary }
  | { ok: false; reason: RejectReason; message: string };

/** Tasks, for HTTP and the command line. The composition root implements it over the engine and the stores. */
export interface ControlApi {
  listTasks(query: TaskListQuery): MaybePromise<{ tasks: readonly TaskSummary[]; total: number }>;
  /** Null when there is no such task. */
  showTask(wid: string): MaybePromise<TaskDetail | null>;
  /** Tail of a run log, secrets masked; null when there is none. */
  taskLog(query: TaskLogQuery): MaybePromise<TaskLog | null>;
  createTask(request: CreateTaskRequest): MaybePromise<CreateTaskResult>;
  /** Null when there is no such task. */
  command(request: CommandRequest): MaybePromise<CommandResult | null>;
}

export type RepoResult =
  /** `status`: one word for programs; default `done`. */
  { ok: true; detail: string; status?: string } | { ok: false; reason: string; message: string };

/** Who asks for a change of a repository or the queue; `repo` is a repository name or prefix. */
export interface RepoRequest {
  repo: string | null;
  /** Task the rollback or revert is about. */
  wid: string | null;
  scope: FreezeScope;
  reason: string;
  sha: string | null;
  actor: Actor;
}

/** Commands on a repository or the queue; one that is absent has no route. Repo null = everything. */
export type RepoApi = Readonly<
  Partial<
    Record<
      'freeze' | 'unfreeze' | 'pause' | 'resume' | 'rollback' | 'revert',
      (request: RepoRequest) => MaybePromise<RepoResult>
    >
  >
>;
