import { and, asc, desc, eq, isNotNull, isNull, lte, sql } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { Db } from './open.ts';
import { placeholdersOf } from './placeholders.ts';
import { deliveries } from './schema.ts';
import { createGrouped, type Grouped } from './transactions.ts';

/** A webhook delivery that passed all checks. */
export interface NewDelivery {
  /** Unique over all sources (FORGE-52, PLANE-41). */
  id: string;
  source: string;
  /** Name of what happened, for people. */
  event: string;
  /** What processing needs of it; JSON. */
  payload: unknown;
}
export type DeliveryRow = typeof deliveries.$inferSelect;

/** The inbox (REC-33): a delivery counts once. */
export interface DeliveryStore {
  /** True when the delivery was stored before; the repeat is counted. */
  seen(id: string): boolean;
  /** Resolves once it is committed, with all that came in the same turn; false when it was there already. */
  add(delivery: NewDelivery, at: Instant): Promise<boolean>;
  /** Stored and not processed, oldest first. */
  pending(source: string, limit: number): DeliveryRow[];
  /** Call in the transaction that commits what the delivery brings. */
  processed(id: string, at: Instant): void;
  /** When the last valid delivery of this source came, of one repository or any; null for none kept (FORGE-107). */
  lastAt(source: string, repo?: string): Instant | null;
  /** Not processed yet, and repeats that were answered so (REC-141). */
  stats(): { pending: number; duplicates_total: number };
  /** Removes processed ones received before; how many. */
  prune(before: Instant): number;
}

export function createDeliveryStore(db: Db, grouped: Grouped = createGrouped(db)): DeliveryStore {
  const { placeholder } = sql;
  const mine = eq(deliveries.id, placeholder('id'));
  const { id, source, event, payload, receivedAt } = placeholdersOf(deliveries);
  // Prepared, because a vendor may send thousands at once.
  const known = db.select({ id: deliveries.id }).from(deliveries).where(mine).prepare();
  const repeated = db
    .update(deliveries)
    .set({ duplicates: sql`${deliveries.duplicates} + 1` })
    .where(mine)
    .prepare();
  const insert = db
    .insert(deliveries)
    .values({ id, source, event, payload, receivedAt })
    .onConflictDoNothing()
    .prepare();
  const pending = db
    .select()
    .from(deliveries)
    .where(and(isNull(deliveries.processedAt), eq(deliveries.source, placeholder('source'))))
    .orderBy(asc(deliveries.receivedAt))
    .limit(placeholder('limit'))
    .prepare();
  const processed = db
    .update(deliveries)
    .set({ processedAt: sql`${placeholder('at')}` })
    .where(mine)
    .prepare();
  return {
    seen: (of) => known.all({ id: of }).length > 0 && repeated.run({ id: of }).changes > 0,
    add: (delivery, at) => grouped(() => insert.run({ ...delivery, receivedAt: at }).changes > 0),
    pending: (of, limit) => pending.all({ source: of, limit }),
    processed: (of, at) => void processed.run({ id: of, at }),
    lastAt: (from, repo) =>
      db
        .select({ at: deliveries.receivedAt })
        .from(deliveries)
        .where(
          and(
            eq(deliveries.source, from),
            repo === undefined ? undefined : sql`json_extract(${deliveries.payload}, '$.repo') = ${repo}`,
          ),
        )
        .orderBy(desc(deliveries.receivedAt))
        .limit(1)
        .all()[0]?.at ?? null,
    stats() {
      const [row] = db
        .select({
          pending: sql<number>`coalesce(sum(${deliveries.processedAt} is null), 0)`,
          duplicates_total: sql<number>`coalesce(sum(${deliveries.duplicates}), 0)`,
        })
        .from(deliveries)
        .all();
      return row ?? { pending: 0, duplicates_total: 0 };
    },
    prune: (before) =>
      db
        .delete(deliveries)
        .where(and(isNotNull(deliveries.processedAt), lte(deliveries.receivedAt, before)))
        .run().changes,
  };
}
