import { and, asc, desc, eq, isNotNull, isNull, lte, sql } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { Db } from './open.ts';
import { deliveries } from './schema.ts';

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
  /** False when it was there already. */
  add(delivery: NewDelivery, at: Instant): boolean;
  /** Stored and not processed, oldest first. */
  pending(source: string, limit: number): DeliveryRow[];
  /** Call in the transaction that commits what the delivery brings. */
  processed(id: string, at: Instant): void;
  /** When the last valid delivery of this source came; null for none kept (FORGE-107). */
  lastAt(source: string): Instant | null;
  /** Not processed yet, and repeats that were answered so (REC-141). */
  stats(): { pending: number; duplicates_total: number };
  /** Removes processed ones received before; how many. */
  prune(before: Instant): number;
}

export function createDeliveryStore(db: Db): DeliveryStore {
  return {
    seen: (id) =>
      db
        .update(deliveries)
        .set({ duplicates: sql`${deliveries.duplicates} + 1` })
        .where(eq(deliveries.id, id))
        .run().changes > 0,
    add: (delivery, at) =>
      db
        .insert(deliveries)
        .values({ ...delivery, receivedAt: at })
        .onConflictDoNothing()
        .run().changes > 0,
    pending: (source, limit) =>
      db
        .select()
        .from(deliveries)
        .where(and(isNull(deliveries.processedAt), eq(deliveries.source, source)))
        .orderBy(asc(deliveries.receivedAt))
        .limit(limit)
        .all(),
    processed: (id, at) =>
      void db.update(deliveries).set({ processedAt: at }).where(eq(deliveries.id, id)).run(),
    lastAt: (source) =>
      db
        .select({ at: deliveries.receivedAt })
        .from(deliveries)
        .where(eq(deliveries.source, source))
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
