import { and, eq, lt, or, sql } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { Db } from './open.ts';
import { leases } from './schema.ts';

export interface LeaseClaim {
  repo: string;
  kind: 'merge' | 'control';
  holder: string;
  holderTask?: number;
  ttlMs: number;
  at: Instant;
  /** `ORCH_LEASE_RECLAIM_ENABLED`: an expired lease may be taken over. Default true. */
  reclaim?: boolean;
}

export interface LeaseRow {
  repo: string;
  kind: string;
  holder: string;
  holderTask: number | null;
  fence: number;
  acquiredAt: Instant;
  heartbeatAt: Instant;
  expiresAt: Instant;
}

export type Acquired = { kind: 'acquired'; fence: number } | { kind: 'busy'; lease: LeaseRow };

/** Exclusive rights (SHIP-51): one conditional write each, every acquisition raises the fence. */
export interface LeaseStore {
  acquire(claim: LeaseClaim): Acquired;
  /** False when it is somebody else's by now, expired or unreadable. */
  holds(lease: { repo: string; kind: string; fence: number }, at: Instant): boolean;
  heartbeat(lease: { repo: string; kind: string; fence: number; ttlMs: number }, at: Instant): boolean;
  release(lease: { repo: string; kind: string; fence: number }, at: Instant): boolean;
  held(): LeaseRow[];
  /** Gives back what a dead holder left; no git (REC-67). */
  reclaim(lease: { repo: string; kind: string; fence: number }, at: Instant): boolean;
  /** How often that happened in this process. */
  reclaimed(): number;
}

export function createLeaseStore(db: Db): LeaseStore {
  const active = eq(leases.released, false);
  const is = ({ repo, kind, fence }: { repo: string; kind: string; fence: number }) =>
    and(eq(leases.repo, repo), eq(leases.kind, kind), eq(leases.fence, fence), active);
  let reclaimed = 0;
  return {
    reclaimed: () => reclaimed,
    reclaim(lease, at) {
      const done = this.release(lease, at);
      if (done) reclaimed += 1;
      return done;
    },
    acquire({ repo, kind, holder, holderTask, ttlMs, at, reclaim = true }) {
      const mine = {
        holder,
        holderTask: holderTask ?? null,
        acquiredAt: at,
        heartbeatAt: at,
        expiresAt: at + ttlMs,
        released: false,
      };
      const expired = reclaim ? lt(leases.expiresAt, at) : undefined;
      const free = or(eq(leases.released, true), expired, eq(leases.holder, holder));
      const [row] = db
        .insert(leases)
        .values({ repo, kind, fence: 1, ...mine })
        .onConflictDoUpdate({
          target: [leases.repo, leases.kind],
          set: { ...mine, fence: sql`${leases.fence} + 1` },
          ...(free ? { setWhere: free } : {}),
        })
        .returning()
        .all();
      if (row) return { kind: 'acquired', fence: row.fence };
      const [held] = db
        .select()
        .from(leases)
        .where(and(eq(leases.repo, repo), eq(leases.kind, kind)))
        .all();
      return { kind: 'busy', lease: held as LeaseRow };
    },
    holds(lease, at) {
      const [row] = db.select().from(leases).where(is(lease)).all();
      return row !== undefined && row.expiresAt > at;
    },
    heartbeat(lease, at) {
      return (
        db
          .update(leases)
          .set({ heartbeatAt: at, expiresAt: at + lease.ttlMs })
          .where(is(lease))
          .run().changes === 1
      );
    },
    release(lease, at) {
      return db.update(leases).set({ released: true, heartbeatAt: at }).where(is(lease)).run().changes === 1;
    },
    held: () => db.select().from(leases).where(active).all(),
  };
}
