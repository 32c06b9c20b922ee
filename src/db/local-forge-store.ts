import { and, asc, desc, eq } from 'drizzle-orm';
import type { Db } from './open.ts';
import { pullRequestIsOpen } from './partial.ts';
import { commitStatuses, pullRequests } from './schema-work.ts';

type Pull = typeof pullRequests.$inferSelect;
type Status = typeof commitStatuses.$inferSelect;

/** Pull requests and commit statuses of the local forge (FORGE-11). */
export function createLocalForgeStore(db: Db) {
  const pulls = () => db.select().from(pullRequests);
  const numbered = (repo: string, number: number) =>
    and(eq(pullRequests.repo, repo), eq(pullRequests.number, number));
  return {
    openPull(pull: Omit<Pull, 'number' | 'state' | 'mergeCommitSha' | 'closedAt' | 'mergedAt'>): {
      row: Pull;
      created: boolean;
    } {
      return db.$client
        .transaction(() => {
          const same = and(
            eq(pullRequests.repo, pull.repo),
            eq(pullRequests.head, pull.head),
            eq(pullRequests.base, pull.base),
            pullRequestIsOpen,
          );
          const [open] = pulls().where(same).all();
          if (open) return { row: open, created: false };
          const [last] = pulls()
            .where(eq(pullRequests.repo, pull.repo))
            .orderBy(desc(pullRequests.number))
            .limit(1)
            .all();
          const row = {
            ...pull,
            number: (last?.number ?? 0) + 1,
            state: 'open' as const,
            mergeCommitSha: null,
            closedAt: null,
            mergedAt: null,
          };
          db.insert(pullRequests).values(row).run();
          return { row, created: true };
        })
        .immediate();
    },
    pull: (repo: string, number: number): Pull | null =>
      pulls().where(numbered(repo, number)).all()[0] ?? null,
    pulls: (repo: string, head: string, base: string): Pull[] =>
      pulls()
        .where(and(eq(pullRequests.repo, repo), eq(pullRequests.head, head), eq(pullRequests.base, base)))
        .orderBy(desc(pullRequests.number))
        .all(),
    updatePull(repo: string, number: number, patch: Partial<Pull>): void {
      db.update(pullRequests).set(patch).where(numbered(repo, number)).run();
    },
    addStatus(status: Status): void {
      const target = [commitStatuses.repo, commitStatuses.sha, commitStatuses.context];
      db.insert(commitStatuses).values(status).onConflictDoUpdate({ target, set: status }).run();
    },
    statuses: (repo: string, sha: string): Status[] =>
      db
        .select()
        .from(commitStatuses)
        .where(and(eq(commitStatuses.repo, repo), eq(commitStatuses.sha, sha)))
        .orderBy(asc(commitStatuses.createdAt))
        .all(),
  };
}
