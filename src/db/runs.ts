import { and, asc, desc, eq, gte, isNotNull, sql } from 'drizzle-orm';
import type { Usage } from '../pipeline/agent-result.ts';
import type { Instant } from '../pipeline/events.ts';
import type { WorkStage } from '../pipeline/stages.ts';
import type { RunProgress, RunRecord } from '../pipeline/view.ts';
import type { Db } from './open.ts';
import { runIsLive } from './partial.ts';
import { type RunSession, type SessionRow, toSession } from './run-sessions.ts';
import { createRunWrites } from './run-writes.ts';
import { runs, tasks } from './schema.ts';
import { createSpending, type Spending, type Spent } from './spending.ts';

/** A run as it is queued; the process does not exist yet. */
export interface NewRun {
  id: string;
  task: number;
  stage: string;
  attempt: number;
  run: number;
  generation: number;
  fence: number;
  role: string;
  capUsd: number | null;
  /** Session the run begins or continues; known before its process exists. */
  sessionId?: string | null;
  resumed?: boolean;
  logPath: string;
  createdAt: Instant;
}

/** Who announced a run, and how far it is. */
export interface HeardRun {
  host: string;
  worker: string;
  /** How its child ended, once it has. */
  exit: RunExit | null;
}

/** The end of a child, before its work is pushed and reported (REC-64). */
export interface RunExit {
  code: number | null;
  class: string;
  at: Instant;
}

/** A run that has not ended, as the reaper looks at it. */
export type LiveRun = RunRecord & {
  task: number;
  fence: number;
  generation: number;
  role: string;
  worker: string | null;
  heartbeatAt: Instant | null;
  exit: RunExit | null;
};

export interface EndedRun {
  class: string;
  usage: Usage | null;
  /** Null keeps the one the run was queued with. */
  sessionId: string | null;
  /** It was refused before it had a process: no run of the day (REC-133). */
  refused?: boolean;
  /** What the run itself told of its session; null where it could not. */
  session?: Omit<RunSession, 'resumed'> | null;
  at: Instant;
}

type Row = typeof runs.$inferSelect;

const toRecord = (row: Row): RunRecord => ({
  id: row.id,
  stage: row.stage as WorkStage,
  attempt: row.attempt,
  run: row.run,
  status: row.status as RunRecord['status'],
  class: row.class,
  startedAt: row.startedAt,
  endedAt: row.endedAt,
  usage: row.usage as Usage | null,
  progress: row.progress as RunProgress | null,
  host: row.host,
  logPath: row.logPath,
});

const toRunOfTask = ({ run, repo }: { run: Row; repo: string }): RunOfTask => ({
  ...toRecord(run),
  task: run.task,
  repo,
  role: run.role,
  createdAt: run.createdAt,
});

/** A run with whose it is, for reports. */
export interface RunOfTask extends RunRecord {
  task: number;
  repo: string;
  role: string;
  createdAt: Instant;
}

export interface RunStore {
  /** Inserts a queued run; a repeat of the same id changes nothing. */
  queued(run: NewRun): void;
  /** Ends what the task has queued beside this run: a newer publication took its place. */
  supersede(task: number, by: string, at: Instant): void;
  started(id: string, at: Instant): void;
  /** Its worker lives and has announced the run (REC-43). */
  heard(id: string, by: HeardRun, at: Instant): void;
  /** It may not start yet and waits in the queue again. */
  parked(id: string): void;
  progressed(id: string, progress: RunProgress, host: string): void;
  /** True for the one call that ended it (REC-66). */
  ended(id: string, end: EndedRun): boolean;
  /** Takes a run from its worker: true for the one call that did, and not when the worker was first (REC-66). */
  reap(id: string, claim: { fence: number; tier: number; class: string; at: Instant }): boolean;
  of(task: number): RunRecord[];
  /** Runs of a task, oldest first, with what is known of their sessions. */
  sessions(task: number): SessionRow[];
  byId(id: string): LiveRun | null;
  live(): LiveRun[];
  /** How many runs wait for a slot, and how many have one. */
  load(): { queued: number; busy: number };
  /** Of one task, one attempt, or everything since an instant. */
  spent(of: Spending): Spent;
  /** What the newest runs used, of those since an instant; newest first. */
  usages(since: Instant, limit: number): Usage[];
  /** Runs with usage since an instant, for cost reports. */
  since(at: Instant): RunOfTask[];
  /** The newest runs, newest first. */
  recent(limit: number): RunOfTask[];
}

export const createRunStore = (db: Db): RunStore => ({ ...createRunWrites(db), ...readsOf(db) });

export type RunWrites =
  | 'queued'
  | 'supersede'
  | 'started'
  | 'heard'
  | 'parked'
  | 'progressed'
  | 'ended'
  | 'reap';

function readsOf(db: Db): Omit<RunStore, RunWrites> {
  const more = (row: Row): LiveRun => ({
    ...toRecord(row),
    task: row.task,
    fence: row.fence,
    generation: row.generation,
    role: row.role,
    worker: row.worker,
    heartbeatAt: row.heartbeatAt,
    exit: row.exit,
  });
  const ofTask = db
    .select()
    .from(runs)
    .where(eq(runs.task, sql.placeholder('task')))
    .orderBy(asc(runs.createdAt), asc(runs.run))
    .prepare();
  const rowsOf = (task: number): Row[] => ofTask.all({ task });
  const newest = (at: Instant) =>
    db
      .select({ run: runs, repo: tasks.repo })
      .from(runs)
      .innerJoin(tasks, eq(tasks.id, runs.task))
      .where(gte(runs.createdAt, at))
      .orderBy(desc(runs.createdAt))
      .$dynamic();
  const usages = db
    .select({ usage: runs.usage })
    .from(runs)
    .where(and(gte(runs.createdAt, sql.placeholder('since')), isNotNull(runs.usage)))
    .orderBy(desc(runs.createdAt))
    .limit(sql.placeholder('limit'))
    .prepare();
  const isQueued = sql`${runs.status} = 'queued'`;
  const load = db
    .select({ queued: sql<number>`sum(${isQueued})`, busy: sql<number>`sum(not (${isQueued}))` })
    .from(runs)
    .where(runIsLive)
    .prepare();
  return {
    of: (task) => rowsOf(task).map(toRecord),
    sessions: (task) => rowsOf(task).map(toSession),
    byId(id) {
      const [row] = db.select().from(runs).where(eq(runs.id, id)).all();
      return row ? more(row) : null;
    },
    live: () => db.select().from(runs).where(runIsLive).orderBy(asc(runs.createdAt)).all().map(more),
    load() {
      const [row] = load.all();
      return { queued: row?.queued ?? 0, busy: row?.busy ?? 0 };
    },
    spent: createSpending(db),
    usages: (since, limit) => usages.all({ since, limit }).map(({ usage }) => usage as unknown as Usage),
    since: (at) => newest(at).all().map(toRunOfTask),
    recent: (limit) => newest(0).limit(limit).all().map(toRunOfTask),
  };
}
