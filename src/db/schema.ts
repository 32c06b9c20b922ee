import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/*
 * The whole database (architecture.md section 6). All times are UTC epoch milliseconds, booleans 0/1,
 * nested values JSON text. Uniqueness that the product relies on stands here, never in code.
 */

const json = <T>(name: string) => text(name, { mode: 'json' }).$type<T>();
const flag = (name: string) => integer(name, { mode: 'boolean' });

export const meta = sqliteTable('meta', { key: text().primaryKey(), value: text().notNull() });

export const tasks = sqliteTable(
  'tasks',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    version: integer().notNull(),
    repo: text().notNull(),
    wid: text().notNull(),
    branch: text().notNull(),
    issueId: text('issue_id'),
    stage: text().notNull(),
    activity: text().notNull(),
    fence: integer().notNull(),
    /** When the present state wants a `timer` event; null when it has ended. */
    wakeAt: integer('wake_at'),
    state: json<Record<string, unknown>>('state').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('tasks_wid').on(t.repo, t.wid).where(sql`stage <> 'cancelled'`),
    uniqueIndex('tasks_branch').on(t.repo, t.branch).where(sql`stage <> 'cancelled'`),
    uniqueIndex('tasks_issue').on(t.issueId).where(sql`stage <> 'cancelled' and issue_id is not null`),
    index('tasks_live').on(t.id).where(sql`stage not in ('done', 'cancelled')`),
    index('tasks_wake').on(t.wakeAt).where(sql`wake_at is not null`),
    index('tasks_updated').on(t.updatedAt),
    index('tasks_delivered').on(t.repo, t.id).where(sql`stage = 'done'`),
    index('tasks_of_issue').on(t.issueId),
  ],
);

/** Ended tasks by stage, kept by triggers on `tasks`: counting them would read the whole history. */
export const endedCounts = sqliteTable('ended_counts', {
  stage: text().primaryKey(),
  n: integer().notNull(),
});

export const taskLog = sqliteTable(
  'task_log',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    task: integer().notNull(),
    eventKey: text('event_key').notNull(),
    kind: text().notNull(),
    name: text().notNull(),
    event: json<Record<string, unknown>>('event').notNull(),
    accepted: flag('accepted').notNull(),
    from: text('from_state').notNull(),
    to: text('to_state').notNull(),
    reason: text(),
    message: text().notNull(),
    at: integer().notNull(),
  },
  (t) => [
    uniqueIndex('task_log_accepted').on(t.eventKey).where(sql`accepted = 1`),
    index('task_log_task').on(t.task, t.id),
    index('task_log_outside').on(t.task, t.id).where(sql`name in ('push', 'pr-changed')`),
  ],
);

export const outbox = sqliteTable(
  'outbox',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    task: integer().notNull(),
    kind: text().notNull(),
    payload: json<Record<string, unknown>>('payload').notNull(),
    dedupKey: text('dedup_key').notNull().unique(),
    createdAt: integer('created_at').notNull(),
    notBefore: integer('not_before').notNull(),
    attempts: integer().notNull().default(0),
    sentAt: integer('sent_at'),
    /** When its job had carried it out; only tracker writes are followed so far (TRK-4). */
    doneAt: integer('done_at'),
    error: text(),
  },
  (t) => [
    // Says by itself which rows are due: a round of the dispatcher reads no others.
    index('outbox_due').on(t.id, t.notBefore, t.createdAt).where(sql`sent_at is null`),
    index('outbox_task').on(t.task, t.id),
    index('outbox_writes')
      .on(t.task, t.id)
      .where(sql`done_at is null and kind in ('create-issue', 'set-status', 'post-comment')`),
  ],
);

export const deliveries = sqliteTable(
  'deliveries',
  {
    id: text().primaryKey(),
    source: text().notNull(),
    event: text().notNull(),
    payload: json<unknown>('payload').notNull(),
    receivedAt: integer('received_at').notNull(),
    processedAt: integer('processed_at'),
    duplicates: integer().notNull().default(0),
  },
  (t) => [index('deliveries_pending').on(t.receivedAt).where(sql`processed_at is null`)],
);

export const runs = sqliteTable(
  'runs',
  {
    id: text().primaryKey(),
    task: integer().notNull(),
    stage: text().notNull(),
    attempt: integer().notNull(),
    run: integer().notNull(),
    generation: integer().notNull(),
    fence: integer().notNull(),
    role: text().notNull(),
    status: text().notNull(),
    class: text(),
    host: text(),
    pid: integer(),
    startedAt: integer('started_at'),
    heartbeatAt: integer('heartbeat_at'),
    endedAt: integer('ended_at'),
    capUsd: real('cap_usd'),
    costUsd: real('cost_usd'),
    usage: json<Record<string, unknown>>('usage'),
    progress: json<Record<string, unknown>>('progress'),
    sessionId: text('session_id'),
    session: json<Record<string, unknown>>('session'),
    logPath: text('log_path'),
    createdAt: integer('created_at').notNull(),
    /** Process that has it in hand, as it names itself in its announcements (REC-43). */
    worker: text(),
    /** How its child ended, known before its work is pushed and reported (REC-64). */
    exit: json<{ code: number | null; class: string; at: number }>('exit'),
    /** Which tier of the reaper ended it (REC-66). */
    reapedTier: integer('reaped_tier'),
  },
  (t) => [
    index('runs_task').on(t.task, t.createdAt),
    index('runs_live').on(t.createdAt, t.status).where(sql`status <> 'ended'`),
    // Whole: the money of a day is summed before and after every run.
    index('runs_money').on(t.createdAt, t.status, t.costUsd, t.capUsd),
    index('runs_used').on(t.createdAt).where(sql`usage is not null`),
  ],
);

export const verdicts = sqliteTable(
  'verdicts',
  {
    task: integer().notNull(),
    stage: text().notNull(),
    attempt: integer().notNull(),
    generation: integer().notNull(),
    step: text().notNull(),
    outcome: text().notNull(),
    reason: text().notNull(),
    evidence: json<Record<string, unknown>>('evidence').notNull(),
    at: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.task, t.stage, t.attempt, t.generation, t.step] }),
    index('verdicts_step').on(t.step, t.at),
  ],
);

export const artefacts = sqliteTable(
  'artefacts',
  {
    task: integer().notNull(),
    name: text().notNull(),
    attempt: integer().notNull(),
    content: text().notNull(),
    at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.task, t.name, t.attempt] })],
);

export const leases = sqliteTable(
  'leases',
  {
    repo: text().notNull(),
    kind: text().notNull(),
    holder: text().notNull(),
    holderTask: integer('holder_task'),
    fence: integer().notNull(),
    acquiredAt: integer('acquired_at').notNull(),
    heartbeatAt: integer('heartbeat_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    released: flag('released').notNull(),
  },
  (t) => [primaryKey({ columns: [t.repo, t.kind] })],
);

export const dependencies = sqliteTable(
  'dependencies',
  {
    task: integer().notNull(),
    onTask: integer('on_task').notNull(),
    source: text().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.task, t.onTask] }), index('dependencies_on').on(t.onTask)],
);

/** Issues without a task of ours that a task waits for, as they were last read (PLANE-60). */
export const blockingIssues = sqliteTable(
  'blocking_issues',
  {
    task: integer().notNull(),
    issue: text().notNull(),
    name: text().notNull(),
    state: text().$type<'open' | 'finished' | 'unchecked'>().notNull(),
    readAt: integer('read_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.task, t.issue] })],
);

export const freezes = sqliteTable(
  'freezes',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    repo: text().notNull(),
    scope: text().notNull(),
    cause: text().notNull(),
    reason: text().notNull(),
    actor: text().notNull(),
    createdAt: integer('created_at').notNull(),
    liftedAt: integer('lifted_at'),
    liftedBy: text('lifted_by'),
  },
  (t) => [uniqueIndex('freezes_active').on(t.repo, t.cause).where(sql`lifted_at is null`)],
);

/** `scope` is a repository or `*`. */
export const pauses = sqliteTable('pauses', {
  scope: text().primaryKey(),
  actor: text().notNull(),
  since: integer().notNull(),
});

export const deploys = sqliteTable(
  'deploys',
  {
    id: text().primaryKey(),
    task: integer().notNull(),
    attempt: integer().notNull(),
    repo: text().notNull(),
    service: text().notNull(),
    kind: text().notNull(),
    sha: text().notNull(),
    previousSha: text('previous_sha'),
    imageDigest: text('image_digest'),
    confirmedBy: text('confirmed_by').notNull(),
    state: text().notNull(),
    result: json<Record<string, unknown>>('result'),
    watch: json<Record<string, unknown>>('watch'),
    /** Counts up as deploys and rollbacks begin, whatever the clock says meanwhile; null before that. */
    begun: integer(),
    createdAt: integer('created_at').notNull(),
    endedAt: integer('ended_at'),
  },
  (t) => [
    uniqueIndex('deploys_once').on(t.task, t.attempt, t.sha, t.kind),
    index('deploys_service').on(t.service, t.begun),
    uniqueIndex('deploys_begun').on(t.begun),
    index('deploys_open').on(t.createdAt).where(sql`state = 'INITIATED'`),
    index('deploys_watched').on(t.createdAt).where(sql`json_extract(watch, '$.open') = 1`),
  ],
);

/** Money raised or granted for one day (AGENT-46). */
export const budgets = sqliteTable('budgets', {
  day: text().primaryKey(),
  raisedUsd: real('raised_usd').notNull(),
});

export const breakers = sqliteTable('breakers', {
  account: text().primaryKey(),
  state: json<Record<string, unknown>>('state').notNull(),
  updatedAt: integer('updated_at').notNull(),
});
