import { and, asc, desc, eq, gte, inArray, isNotNull, like, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { TaskState } from '../pipeline/task.ts';
import type { WaitingKind } from '../pipeline/waiting.ts';
import type { Db } from './open.ts';
import { eventIsOfForge, taskIsDelivered, taskIsLive } from './partial.ts';
import { endedCounts, taskLog, tasks } from './schema.ts';
import { fromRow } from './task-rows.ts';

export interface TaskFilter {
  kind: 'open' | 'waiting' | 'running' | 'blocked' | 'done' | 'mine' | 'all';
  repo: string | null;
  /** Null = every repository. */
  scope: readonly string[] | null;
  /** For `mine`: id of the creator. */
  user?: string;
  offset: number;
  limit: number;
}

export interface TaskTrace {
  id: number;
  branch: string;
  stage: string;
  /** Heads its attempts recorded. */
  heads: string[];
}

export type LogRow = typeof taskLog.$inferSelect;

/** Reading tasks and their decision log; writing is the engine's alone. */
export interface TaskStore {
  get(id: number): TaskState | null;
  /** The number that makes earlier work of a task obsolete (AGENT-56); null when there is no such task. */
  fence(id: number): number | null;
  /** The newest task of a work item id; live ones first. */
  byWid(wid: string): TaskState | null;
  /** Tasks whose number is `n`, of one prefix or any, newest first. */
  byNumber(prefix: string | null, n: number): TaskState[];
  list(filter: TaskFilter): { tasks: TaskState[]; total: number };
  live(): TaskState[];
  /** Of the live tasks of a repository, what tells which one a commit or a branch belongs to; read without their states. */
  traces(repo: string): TaskTrace[];
  /** Those of them that name this commit or this branch. */
  tracesNaming(repo: string, named: { sha: string | null; branch: string | null }): TaskTrace[];
  /** Every task of a tracker's issue, oldest first, ended ones included. */
  ofIssue(issue: string): TaskState[];
  /** The newest delivered tasks of a repository. */
  delivered(repo: string, limit: number): TaskState[];
  /** Live tasks in these waits, by id. */
  waiting(...kinds: WaitingKind[]): TaskState[];
  /** Tasks whose deadline has passed. */
  due(now: Instant, limit: number): { id: number; version: number }[];
  counts(): { stage: string; activity: string; n: number }[];
  /** Decisions that labels have made, by command (REC-141). */
  byLabel(): { approve: number; 'confirm-deploy': number };
  history(task: number, page: { offset: number; limit: number }): { rows: LogRow[]; total: number };
  log(task: number): LogRow[];
  /** What the forge told of a task's branch and pull request, newest first, at most `limit` rows. */
  toldByForge(task: number, limit: number): LogRow[];
}

const ENDED = ['done', 'cancelled'];
const YOURS: WaitingKind[] = [
  'approval',
  'answers',
  'pr-review',
  'confirm',
  'blocked',
  'hold',
  'budget',
  'runtime',
];

function where({ kind, repo, scope, user }: TaskFilter): SQL | undefined {
  const byKind: Record<TaskFilter['kind'], SQL | undefined> = {
    open: taskIsLive,
    waiting: and(taskIsLive, inArray(tasks.activity, YOURS)),
    running: and(taskIsLive, inArray(tasks.activity, ['working', 'deploying'])),
    blocked: and(taskIsLive, inArray(tasks.activity, ['blocked', 'hold'])),
    done: inArray(tasks.stage, ENDED),
    mine: sql`json_extract(${tasks.state}, '$.createdBy.id') = ${user ?? ''}`,
    all: undefined,
  };
  return and(
    byKind[kind],
    repo === null ? undefined : eq(tasks.repo, repo),
    scope === null ? undefined : inArray(tasks.repo, [...scope]),
  );
}

export function createTaskStore(db: Db): TaskStore {
  const rows = () => db.select({ state: tasks.state }).from(tasks);
  const { byId, live, traces, tracesNaming, ofIssue, fence, toldByForge, due } = prepareReads(db);
  const first = (found: { state: Record<string, unknown> }[]): TaskState | null =>
    found[0] ? fromRow(found[0]) : null;
  return {
    get: (id) => first(byId.all({ id })),
    fence: (id) => fence.all({ id })[0]?.fence ?? null,
    byWid: (wid) =>
      first(
        rows().where(eq(tasks.wid, wid)).orderBy(sql`stage = 'cancelled'`, desc(tasks.id)).limit(1).all(),
      ),
    byNumber(prefix, n) {
      const number = String(n).padStart(3, '0');
      const wid = prefix === null ? like(tasks.wid, `%-${number}`) : eq(tasks.wid, `${prefix}-${number}`);
      return rows().where(wid).orderBy(desc(tasks.id)).limit(20).all().map(fromRow);
    },
    list(filter) {
      const which = where(filter);
      const total = db.select({ n: sql<number>`count(*)` }).from(tasks).where(which).all()[0]?.n ?? 0;
      const found = rows()
        .where(which)
        .orderBy(desc(tasks.id))
        .limit(filter.limit)
        .offset(filter.offset)
        .all();
      return { tasks: found.map(fromRow), total };
    },
    live: () => live.all().map(fromRow),
    traces: (repo) => traces.all({ repo }).map(toTrace),
    tracesNaming: (repo, named) => tracesNaming.all({ repo, ...named }).map(toTrace),
    ofIssue: (issue) => ofIssue.all({ issue }).map(fromRow),
    delivered: (repo, limit) =>
      rows()
        .where(and(eq(tasks.repo, repo), taskIsDelivered))
        .orderBy(desc(tasks.id))
        .limit(limit)
        .all()
        .map(fromRow),
    waiting: (...kinds) =>
      rows()
        .where(and(taskIsLive, inArray(tasks.activity, kinds)))
        .orderBy(asc(tasks.id))
        .all()
        .map(fromRow),
    due: (now, limit) => due.all({ now, limit }),
    counts: () => [
      ...db
        .select({ stage: tasks.stage, activity: tasks.activity, n: sql<number>`count(*)` })
        .from(tasks)
        .where(taskIsLive)
        .groupBy(tasks.stage, tasks.activity)
        .all(),
      ...db
        .select()
        .from(endedCounts)
        .all()
        .map(({ stage, n }) => ({ stage, activity: 'ended', n })),
    ],
    byLabel: () => decisionsByLabel(db),
    history(task, { offset, limit }) {
      const mine = eq(taskLog.task, task);
      const total = db.select({ n: sql<number>`count(*)` }).from(taskLog).where(mine).all()[0]?.n ?? 0;
      return {
        rows: db
          .select()
          .from(taskLog)
          .where(mine)
          .orderBy(desc(taskLog.id))
          .limit(limit)
          .offset(offset)
          .all(),
        total,
      };
    },
    toldByForge: (task, limit) => toldByForge.all({ task, limit }),
    log: (task) => db.select().from(taskLog).where(eq(taskLog.task, task)).orderBy(asc(taskLog.id)).all(),
  };
}

/** The events that labels cause begin with that word. */
function decisionsByLabel(db: Db): ReturnType<TaskStore['byLabel']> {
  const byLabel = and(gte(taskLog.eventKey, 'label:'), lt(taskLog.eventKey, 'label;'));
  const names = db
    .select({ name: taskLog.name })
    .from(taskLog)
    .where(and(eq(taskLog.accepted, true), byLabel))
    .all();
  const count = (command: string): number => names.filter(({ name }) => name === command).length;
  return { approve: count('approve'), 'confirm-deploy': count('confirm-deploy') };
}

const toTrace = ({ heads, ...trace }: Omit<TaskTrace, 'heads'> & { heads: string }): TaskTrace => ({
  ...trace,
  heads: (JSON.parse(heads) as (string | null)[]).filter((sha) => sha !== null),
});

/** What is asked again and again, prepared once. */
function prepareReads(db: Db) {
  const rows = () => db.select({ state: tasks.state }).from(tasks);
  const byId = rows()
    .where(eq(tasks.id, sql.placeholder('id')))
    .prepare();
  const live = rows().where(taskIsLive).orderBy(asc(tasks.id)).prepare();
  const ofRepo = and(taskIsLive, eq(tasks.repo, sql.placeholder('repo')));
  const tracesWhere = (which: SQL | undefined) =>
    db
      .select({
        id: tasks.id,
        branch: tasks.branch,
        stage: tasks.stage,
        heads: sql<string>`json_extract(${tasks.state}, '$.startSha', '$.headSha', '$.testedSha', '$.landedSha')`,
      })
      .from(tasks)
      .where(which)
      .orderBy(asc(tasks.id))
      .prepare();
  const traces = tracesWhere(ofRepo);
  // Looking for a commit in the text of a state costs a fraction of reading the state.
  const isNamed = sql`(${tasks.branch} = ${sql.placeholder('branch')} or instr(${tasks.state}, ${sql.placeholder('sha')}) > 0)`;
  const tracesNaming = tracesWhere(and(ofRepo, isNamed));
  const ofIssue = rows()
    .where(eq(tasks.issueId, sql.placeholder('issue')))
    .orderBy(asc(tasks.id))
    .prepare();
  const fence = db
    .select({ fence: tasks.fence })
    .from(tasks)
    .where(eq(tasks.id, sql.placeholder('id')))
    .prepare();
  const toldByForge = db
    .select()
    .from(taskLog)
    .where(and(eq(taskLog.task, sql.placeholder('task')), eventIsOfForge))
    .orderBy(desc(taskLog.id))
    .limit(sql.placeholder('limit'))
    .prepare();
  const due = db
    .select({ id: tasks.id, version: tasks.version })
    .from(tasks)
    .where(and(isNotNull(tasks.wakeAt), lte(tasks.wakeAt, sql.placeholder('now'))))
    .orderBy(asc(tasks.wakeAt))
    .limit(sql.placeholder('limit'))
    .prepare();
  return { byId, live, traces, tracesNaming, ofIssue, fence, toldByForge, due };
}
