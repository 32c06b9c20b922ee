import { and, asc, eq, gt, gte, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import type { Effect } from '../pipeline/effects.ts';
import type { Event, Instant } from '../pipeline/events.ts';
import type { TaskState } from '../pipeline/task.ts';
import { currentTraceparent } from '../tracing.ts';
import type { Db } from './open.ts';
import { isListed, placeholdersOf, settingOf } from './placeholders.ts';
import { outbox } from './schema.ts';

/** What an outbox row asks for: an outward effect, or an event for another task. */
export type OutboxPayload = Effect | { kind: 'emit'; event: Event };

export interface OutboxRow {
  id: number;
  task: number;
  dedupKey: string;
  kind: string;
  payload: OutboxPayload;
  attempts: number;
  createdAt: Instant;
}

/** Deterministic keys: the same effect is written at most once (TRK-6, PING-1, PIPE-14). */
export function dedupKey(task: TaskState, effect: Effect, index: number): string {
  const { id, version } = task;
  switch (effect.kind) {
    case 'run-stage':
      return `run:${id}.${effect.stage}.${effect.attempt}.g${effect.generation}`;
    case 'create-issue':
      return `issue:${id}`;
    case 'set-status':
      return `status:${id}:${version}:${effect.status}`;
    case 'post-comment': {
      const sha = typeof effect.params.sha === 'string' ? `:${effect.params.sha.slice(0, 7)}` : '';
      return `comment:${id}:${effect.stage}:${effect.attempt}:${effect.comment}${sha}`;
    }
    case 'ping':
      return `ping:${id}:${effect.cause}`;
    case 'refresh-card':
      return `card:${id}:${version}`;
    default:
      return `${effect.kind}:${id}:${version}:${index}`;
  }
}

/** Rank inside one transaction: jobs before tracker writes, messages last (PIPE-3, PING-3). */
const RANK: Partial<Record<OutboxPayload['kind'], number>> = {
  'cancel-run': 0,
  'run-stage': 1,
  'stop-work': 1,
  emit: 2,
  'create-issue': 2,
  'set-status': 3,
  'post-comment': 4,
  'refresh-card': 5,
  ping: 6,
};

export const rank = (kind: OutboxPayload['kind']): number => RANK[kind] ?? 2;

/** Rows of effects to be sent (REC-30). */
export interface Outbox {
  add(row: { task: number; key: string; payload: OutboxPayload; at: Instant; notBefore?: Instant }): void;
  /**
   * Unsent rows that are due, oldest first; also those of a future the clock was set back from. A write to the tracker
   * is due when the one before it is done, or a day old (TRK-4).
   */
  due(now: Instant, limit: number): OutboxRow[];
  sent(ids: readonly number[], at: Instant): void;
  /** Keeps the row and tries again at `retryAt`. */
  failed(id: number, error: string, retryAt: Instant): void;
  /** Of rows whose turn it is; tracker writes behind others wait for the tracker, not for the outbox. */
  stats(now: Instant): {
    pending: number;
    oldestS: number;
    stuck: { id: number; kind: string; error: string | null }[];
  };
  /** Rows of these kinds sent since then are due again: Redis may have lost their jobs (REC-41). */
  resend(kinds: readonly OutboxPayload['kind'][], since: Instant): number;
  prune(before: Instant): number;
  /** True when a newer status of the same task waits (TRK-4). */
  newerStatus(task: number, key: string): boolean;
  /** The tracker write with this key has been carried out, or dropped for good. */
  done(key: string, at: Instant): void;
}

/** Work is started by what is happening now; its jobs go on with that trace (REC-143). */
function withTrace(payload: OutboxPayload): OutboxPayload {
  if (payload.kind !== 'run-stage') return payload;
  const traceparent = currentTraceparent();
  return traceparent === undefined ? payload : { ...payload, traceparent };
}

/** A tracker write that did not end within this time no longer holds others up. */
const LONGEST_HOLD_MS = 86_400_000;

const WRITES = sql`('create-issue', 'set-status', 'post-comment')`;

/** Not a tracker write, or no earlier one of the same task is under way (TRK-4). */
const isInTurn = sql`(${outbox.kind} not in ${WRITES} or not exists (
  select 1 from outbox earlier where earlier.task = ${outbox.task} and earlier.id < ${outbox.id}
    and earlier.done_at is null and earlier.kind in ${WRITES}
    and earlier.created_at > ${sql.placeholder('now')} - ${LONGEST_HOLD_MS}))`;

/**
 * When a row is due: a tracker write behind another one only after the longest time that one may hold it, or when it ends.
 * So a round of the dispatcher reads no row whose turn has not come.
 */
const dueAt = sql`case when ${sql.placeholder('kind')} in ${WRITES} and exists (
  select 1 from outbox earlier where earlier.task = ${sql.placeholder('task')}
    and earlier.done_at is null and earlier.kind in ${WRITES}
    and earlier.created_at > ${sql.placeholder('createdAt')} - ${LONGEST_HOLD_MS}
) then ${sql.placeholder('notBefore')} + ${LONGEST_HOLD_MS} else ${sql.placeholder('notBefore')} end`;

export function createOutbox(db: Db): Outbox {
  const unsent = isNull(outbox.sentAt);
  const { task, kind, payload, dedupKey, createdAt } = placeholdersOf(outbox);
  const insert = db
    .insert(outbox)
    .values({ task, kind, payload, dedupKey, createdAt, notBefore: dueAt })
    .onConflictDoNothing()
    .prepare();
  const atNow = sql.placeholder('now');
  const due = db
    .select()
    .from(outbox)
    .where(and(unsent, or(lte(outbox.notBefore, atNow), and(gt(outbox.createdAt, atNow), isInTurn))))
    .orderBy(asc(outbox.id))
    .limit(sql.placeholder('limit'))
    .prepare();
  const sent = db
    .update(outbox)
    .set({ ...settingOf(outbox, 'sentAt'), error: null })
    .where(isListed(outbox.id, 'ids'))
    .prepare();
  const done = db
    .update(outbox)
    .set(settingOf(outbox, 'doneAt'))
    .where(eq(outbox.dedupKey, sql.placeholder('key')))
    .returning({ task: outbox.task })
    .prepare();
  /** The turn of the next one has come, where that has not been sent. */
  const release = db
    .update(outbox)
    .set({ notBefore: sql`min(${outbox.notBefore}, ${outbox.createdAt})` })
    .where(
      sql`${outbox.sentAt} is null and ${outbox.id} = (select id from outbox next where next.task = ${sql.placeholder('task')}
        and next.done_at is null and next.kind in ${WRITES}
        and next.created_at > ${sql.placeholder('now')} - ${LONGEST_HOLD_MS} order by next.id limit 1)`,
    )
    .prepare();
  const waiting = db.select().from(outbox).where(and(unsent, isInTurn)).orderBy(asc(outbox.id)).prepare();
  const newerStatus = db
    .select({ id: outbox.id })
    .from(outbox)
    .where(
      and(
        eq(outbox.task, sql.placeholder('task')),
        eq(outbox.kind, 'set-status'),
        sql`${outbox.id} > (select id from outbox where dedup_key = ${sql.placeholder('key')})`,
      ),
    )
    .limit(1)
    .prepare();
  return {
    add({ task, key, payload, at, notBefore = at }) {
      insert.run({
        task,
        kind: payload.kind,
        payload: withTrace(payload),
        dedupKey: key,
        createdAt: at,
        notBefore,
      });
    },
    due(now, limit) {
      return due
        .all({ now, limit })
        .map((row) => ({ ...row, payload: row.payload as unknown as OutboxPayload }));
    },
    sent(ids, at) {
      sent.run({ ids: JSON.stringify(ids), sentAt: at });
    },
    failed(id, error, retryAt) {
      db.update(outbox)
        .set({ attempts: sql`${outbox.attempts} + 1`, error, notBefore: retryAt })
        .where(eq(outbox.id, id))
        .run();
    },
    stats(now) {
      const rows = waiting.all({ now });
      const oldest = rows[0]?.createdAt ?? now;
      const stuck = rows.filter(({ attempts }) => attempts >= 10);
      return {
        pending: rows.length,
        oldestS: Math.round((now - oldest) / 1000),
        stuck: stuck.map(({ id, kind, error }) => ({ id, kind, error })),
      };
    },
    newerStatus: (task, key) => newerStatus.all({ task, key }).length > 0,
    done(key, at) {
      for (const row of done.all({ key, doneAt: at })) release.run({ task: row.task, now: at });
    },
    resend(kinds, since) {
      const lost = and(inArray(outbox.kind, [...kinds]), gte(outbox.sentAt, since), isNull(outbox.doneAt));
      return db.update(outbox).set({ sentAt: null }).where(lost).run().changes;
    },
    prune(before) {
      return db.delete(outbox).where(lte(outbox.sentAt, before)).run().changes;
    },
  };
}
