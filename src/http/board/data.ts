import type { Instant } from '../../pipeline/events.ts';
import type { Stage } from '../../pipeline/stages.ts';
import type { Owner, WaitingKind } from '../../pipeline/waiting.ts';
import type { MaybePromise } from '../control-api.ts';

/** Who looks at the board: the holder of the token or of this machine, or a person of the chat. */
export interface Viewer {
  name: string;
  /** Repositories they may see; null = all (ACC-2). */
  projects: readonly string[] | null;
  /** Run logs need the role that `/log` needs. */
  mayReadLogs: boolean;
}

/** What a card looks like at a glance. */
export type Tone = 'working' | 'queued' | 'you' | 'waiting' | 'stuck' | 'done' | 'stopped';

/** One card. */
export interface BoardTask {
  wid: string;
  repo: string;
  title: string;
  stage: Stage;
  attempt: number;
  tone: Tone;
  /** What it does or waits for, in one sentence. */
  sentence: string;
  since: Instant;
  /** What the agent is doing right now; null when it is not running. */
  live: string | null;
  costUsd: number;
}

export interface Overview {
  /** In the order of the pipeline; every stage in which work happens. */
  columns: readonly { stage: Stage; tasks: readonly BoardTask[] }[];
  /** Newest first. */
  finished: readonly BoardTask[];
  agents: { busy: number; max: number };
  needsYou: number;
  spentToday: { usd: number; capUsd: number | null };
  paused: { by: string; since: Instant } | null;
  freezes: readonly { repo: string; reason: string; since: Instant }[];
}

export interface BoardRun {
  role: string;
  /** How it ended; null while it runs. */
  ended: string | null;
  from: Instant | null;
  until: Instant | null;
  model: string | null;
  turns: number;
  tokensIn: number;
  tokensOut: number;
  costUsd: number;
  host: string | null;
  hasLog: boolean;
}

export interface BoardVerdict {
  step: string;
  outcome: string;
  reason: string;
  /** Secrets masked. */
  evidence: Readonly<Record<string, unknown>>;
  at: Instant;
}

/** What a person did, or was refused. */
export interface BoardAct {
  at: Instant;
  who: string;
  what: string;
  accepted: boolean;
  why: string;
}

/** A wait, or a stretch of work (`working`). */
export interface Stretch {
  kind: WaitingKind | 'working';
  owner: Owner;
  from: Instant;
  /** Null while it lasts. */
  until: Instant | null;
}

/** One attempt at a stage. */
export interface Visit {
  stage: Stage;
  attempt: number;
  from: Instant;
  until: Instant | null;
  stretches: readonly Stretch[];
  runs: readonly BoardRun[];
  verdicts: readonly BoardVerdict[];
  acts: readonly BoardAct[];
}

export interface TaskPage {
  task: BoardTask;
  description: string;
  branch: string;
  bounces: number;
  capUsd: number | null;
  createdAt: Instant;
  endedAt: Instant | null;
  links: Readonly<Record<'brd' | 'pr' | 'diff' | 'issue', string | null>>;
  shas: Readonly<Record<'tested' | 'landed' | 'served', string | null>>;
  visits: readonly Visit[];
}

export interface LogPage {
  wid: string;
  stage: Stage;
  attempt: number;
  text: string;
}

export interface CostRow {
  label: string;
  runs: number;
  tokensIn: number;
  tokensOut: number;
  costUsd: number;
}

export interface CostPage {
  days: number;
  project: string | null;
  projects: readonly string[];
  total: CostRow;
  /** Every day of the period, oldest first, days without runs included. */
  byDay: readonly CostRow[];
  byProject: readonly CostRow[];
  byRole: readonly CostRow[];
  top: readonly CostRow[];
  wastedUsd: number;
}

/** What the board shows; it reads the database and changes nothing. Null: no such task, or not theirs to see. */
export interface BoardApi {
  overview(viewer: Viewer): MaybePromise<Overview>;
  task(viewer: Viewer, wid: string): MaybePromise<TaskPage | null>;
  log(
    viewer: Viewer,
    query: { wid: string; stage: string | null; lines: number },
  ): MaybePromise<LogPage | null>;
  costs(viewer: Viewer, query: { days: number; project: string | null }): MaybePromise<CostPage>;
  /** A person of the chat by their id there; null when they are not paired (ACC-1). */
  person(id: string): Viewer | null;
}
