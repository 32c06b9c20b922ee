import { and, asc, eq, isNull } from 'drizzle-orm';
import type { FreezeScope } from '../pipeline/effects.ts';
import type { Instant } from '../pipeline/events.ts';
import { liftFreeze, wakeRepo } from './local-effects.ts';
import type { Db } from './open.ts';
import type { Outbox } from './outbox.ts';
import { freezes, pauses, tasks } from './schema.ts';
import { createTogether } from './transactions.ts';

export interface ActiveFreeze {
  repo: string;
  scope: FreezeScope;
  cause: string;
  reason: string;
  by: string;
  since: Instant;
}

/** Freezes and pauses by people (SHIP-160 to SHIP-163, VIEW-2); every change wakes who waited. */
export interface RepoGates {
  freezes(repo?: string): ActiveFreeze[];
  /** `cause` defaults to the person's own. */
  freeze(freeze: {
    repo: string;
    scope: FreezeScope;
    reason: string;
    by: string;
    at: Instant;
    cause?: string;
  }): void;
  /** Lifts one cause, else every one; the number of freezes lifted. */
  unfreeze(lift: { repo: string; by: string; at: Instant; cause?: string }): number;
  pauses(): { scope: string; by: string; since: Instant }[];
  /** Scope null = everything. */
  pause(pause: { repo: string | null; by: string; at: Instant }): void;
  resume(resume: { repo: string | null; by: string; at: Instant }): boolean;
}

export function createRepoGates(db: Db, outbox: Outbox): RepoGates {
  const together = createTogether(db);
  const reposOf = (repo: string | null): string[] =>
    repo === null
      ? [
          ...new Set(
            db
              .selectDistinct({ repo: tasks.repo })
              .from(tasks)
              .all()
              .map((row) => row.repo),
          ),
        ]
      : [repo];
  return {
    freezes: (repo) =>
      db
        .select()
        .from(freezes)
        .where(and(isNull(freezes.liftedAt), repo === undefined ? undefined : eq(freezes.repo, repo)))
        .orderBy(asc(freezes.createdAt))
        .all()
        .map((row) => ({ ...row, scope: row.scope as FreezeScope, by: row.actor, since: row.createdAt })),
    freeze({ repo, scope, reason, by, at, cause = `person:${by}` }) {
      db.insert(freezes)
        .values({ repo, scope, cause, reason, actor: by, createdAt: at })
        .onConflictDoNothing()
        .run();
    },
    unfreeze: ({
      repo,
      by,
      at,
      cause = null,
    }: {
      repo: string;
      by: string;
      at: Instant;
      cause?: string | null;
    }) => together(() => liftFreeze({ db, outbox, at }, { repo, cause, by })),
    pauses: () =>
      db
        .select()
        .from(pauses)
        .all()
        .map(({ scope, actor, since }) => ({ scope, by: actor, since })),
    pause({ repo, by, at }) {
      db.insert(pauses)
        .values({ scope: repo ?? '*', actor: by, since: at })
        .onConflictDoNothing()
        .run();
    },
    resume({ repo, by, at }) {
      return together(() => {
        const { changes } = db
          .delete(pauses)
          .where(eq(pauses.scope, repo ?? '*'))
          .run();
        for (const name of reposOf(repo)) wakeRepo({ db, outbox, at }, name, by);
        return changes > 0;
      });
    },
  };
}
