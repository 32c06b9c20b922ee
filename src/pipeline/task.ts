import type { Actor, Instant, WatchResult } from './events.ts';
import type { BounceCause, Stage, WorkStage } from './stages.ts';
import type { Activity } from './waiting.ts';

/** One return to the developer (PIPE-38). */
export interface Bounce {
  cause: BounceCause;
  stage: Stage;
  attempt: number;
  sha: string | null;
  reason: string;
  /** Order-independent hash of the findings, for PIPE-40; null when there were none to compare. */
  fingerprint: string | null;
  at: Instant;
}

/** What a person said; given in full to the agent (PIPE-32). */
export interface HumanWord {
  kind: 'answer' | 'reject' | 'note' | 'retry' | 'override';
  text: string;
  by: string;
  at: Instant;
  stage: Stage;
  attempt: number;
}

/** A clock of the person's own time; `since` is null while it stands (PIPE-28). */
export interface Clock {
  ms: number;
  since: Instant | null;
}

/** The deploy confirmation a person gave (SHIP-81). */
export interface Confirmation {
  sha: string;
  baseSha: string | null;
  by: string;
  at: Instant;
}

/** A task under delivery. Plain JSON; only `transition` makes new ones. */
export interface TaskState {
  id: number;
  uuid: string;
  version: number;
  repo: string;
  wid: string;
  title: string;
  description: string;
  branch: string;
  issueId: string | null;
  /** The issue was deleted in the tracker: nothing leads there and nothing is written to it any more (PLANE-45). */
  issueGone?: true;
  createdBy: Actor;
  /** Chat the task came from; it always reports there (TOPIC-1). */
  originChat: string | null;
  /** 1 urgent … 4 low, 5 none (REC-15). */
  priority: number;

  stage: Stage;
  attempt: number;
  /** Last attempt number of every stage that was entered. */
  attempts: Partial<Record<Stage, number>>;
  /** Process count within the attempt (PIPE-12). */
  run: number;
  /** Count of publications of this attempt's steps (PIPE-14). */
  generation: number;
  fence: number;
  /** Steps of this attempt that passed; they are never repeated (SHIP-14, REC-42). */
  passed: readonly string[];
  activity: Activity;
  /** The engine itself checks staging in this attempt, no agent is started (SHIP-26). */
  skipAgent: boolean;
  /** Start of the present kind of wait within this attempt, kept over repeated parking. */
  anchor: { kind: string; since: Instant } | null;
  /** Branch and first document exist (PIPE-22 step 6). */
  prepared: boolean;

  startSha: string | null;
  headSha: string | null;
  prNumber: number | null;
  baseSha: string | null;
  testedSha: string | null;
  testedTree: string | null;
  landedSha: string | null;
  landedTree: string | null;
  landedMatches: boolean | null;
  servedSha: string | null;
  /** The image that was tested and will be deployed, by digest (SHIP-73). */
  imageDigest: string | null;

  bounces: readonly Bounce[];
  bouncesGranted: number;
  analysisReturns: number;
  /** Per stage entry (PIPE-42). */
  verdictReruns: number;
  /** Per attempt (AGENT-41). */
  failedRuns: number;
  transientRuns: number;
  /** Instants of interrupted runs of this attempt (REC-52). */
  interruptions: readonly Instant[];
  /** Same technical failure in a row (REC-133). */
  failure: { fingerprint: string; count: number } | null;
  /** Session of the last run, where it can be resumed (AGENT-40). */
  sessionId: string | null;

  words: readonly HumanWord[];
  confirmation: Confirmation | null;
  /** Why the confirmation must be asked again (SHIP-84). */
  reask: string | null;
  /** Stage that failed and is repeated by `retry` (PIPE-41). */
  failedStage: WorkStage | null;
  stop: { by: string; at: Instant; reason: string; deferred: boolean } | null;
  auto: { approve: boolean; deploy: boolean };
  raisedUsd: { attempt: number; task: number };
  notBefore: Instant | null;
  review: Clock;
  confirm: Clock;
  /** Milliseconds spent waiting, by owner (PIPE-47). */
  waited: Readonly<Record<string, number>>;
  watch: WatchResult | null;
  archiveRef: string | null;
  /** Recently accepted one-time commands, newest last (`duplicate`, PIPE-15). */
  accepted: readonly string[];

  createdAt: Instant;
  stageSince: Instant;
  updatedAt: Instant;
  endedAt: Instant | null;
}

export interface NewTask {
  id: number;
  uuid: string;
  repo: string;
  wid: string;
  title: string;
  description: string;
  branch: string;
  issueId: string | null;
  createdBy: Actor;
  originChat: string | null;
  priority?: number;
  auto?: { approve: boolean; deploy: boolean };
  at: Instant;
}

const IDLE_CLOCK: Clock = { ms: 0, since: null };

/** A task in the logical stage `created` (PIPE-8); a `start` command moves it on before it is stored. */
export function createTask(input: NewTask): TaskState {
  const { at, priority, auto, ...identity } = input;
  return {
    ...identity,
    version: 0,
    priority: priority ?? 5,
    stage: 'created',
    attempt: 1,
    attempts: {},
    run: 0,
    generation: 0,
    fence: 0,
    passed: [],
    activity: { kind: 'working', step: 'intake', since: at, deadline: at },
    skipAgent: false,
    anchor: null,
    prepared: false,
    startSha: null,
    headSha: null,
    prNumber: null,
    baseSha: null,
    testedSha: null,
    testedTree: null,
    landedSha: null,
    landedTree: null,
    landedMatches: null,
    servedSha: null,
    imageDigest: null,
    bounces: [],
    bouncesGranted: 0,
    analysisReturns: 0,
    verdictReruns: 0,
    failedRuns: 0,
    transientRuns: 0,
    interruptions: [],
    failure: null,
    sessionId: null,
    words: [],
    confirmation: null,
    reask: null,
    failedStage: null,
    stop: null,
    auto: auto ?? { approve: false, deploy: false },
    raisedUsd: { attempt: 0, task: 0 },
    notBefore: null,
    review: IDLE_CLOCK,
    confirm: IDLE_CLOCK,
    waited: {},
    watch: null,
    archiveRef: null,
    accepted: [],
    createdAt: at,
    stageSince: at,
    updatedAt: at,
    endedAt: null,
  };
}
