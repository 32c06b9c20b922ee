import { eq } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { Db } from './open.ts';
import { breakers } from './schema.ts';

/** The one account there is: all agents use the same login or key. */
const ACCOUNT = 'default';

/** State of the circuit breaker, opaque to this room but for the time it opens again (AGENT-45). */
export interface BreakerStore {
  get(): Record<string, unknown> | null;
  put(state: object, at: Instant): void;
}

export function createBreakerStore(db: Db): BreakerStore {
  const mine = db
    .select({ state: breakers.state })
    .from(breakers)
    .where(eq(breakers.account, ACCOUNT))
    .prepare();
  return {
    get: () => mine.all()[0]?.state ?? null,
    put(state, at) {
      const row = { state: { ...state }, updatedAt: at };
      db.insert(breakers)
        .values({ account: ACCOUNT, ...row })
        .onConflictDoUpdate({ target: breakers.account, set: row })
        .run();
    },
  };
}

/** The breaker while it holds every agent run back; null while it does not. */
export function openBreaker({ get }: Pick<BreakerStore, 'get'>): { until: Instant; errors: number } | null {
  const state = get();
  if (state?.state !== 'open' || typeof state.openUntil !== 'number') return null;
  return { until: state.openUntil, errors: typeof state.failures === 'number' ? state.failures : 0 };
}
