import { and, asc, desc, eq, gt, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { comments, issues } from './schema-work.ts';

type Issue = typeof issues.$inferSelect;
type Comment = typeof comments.$inferSelect;

/** Rows of the local tracker (TRK-11, TRK-15). */
export function createIssueStore(db: Db) {
  const find = (id: string): Issue | null =>
    db.select().from(issues).where(eq(issues.id, id)).all()[0] ?? null;
  const nextSeq = (repo: string): number => {
    const [last] = db
      .select({ seq: issues.seq })
      .from(issues)
      .where(eq(issues.repo, repo))
      .orderBy(desc(issues.seq))
      .limit(1)
      .all();
    return (last?.seq ?? 0) + 1;
  };
  return {
    issue: find,
    insertIssue(
      row: Omit<Issue, 'seq' | 'labels' | 'blockedBy'> & {
        labels: readonly string[];
        blockedBy: readonly string[];
      },
    ): Issue {
      return db.$client
        .transaction(() => {
          const values = {
            ...row,
            labels: [...row.labels],
            blockedBy: [...row.blockedBy],
            seq: nextSeq(row.repo),
          };
          db.insert(issues).values(values).onConflictDoNothing({ target: issues.id }).run();
          return find(row.id) as Issue;
        })
        .immediate();
    },
    updateIssue(
      id: string,
      change: { labels?: readonly string[]; blockedBy?: readonly string[] } & Partial<
        Pick<Issue, 'statusKey' | 'title' | 'description'>
      >,
      at: number,
    ): void {
      const { labels, blockedBy, ...rest } = change;
      const lists = {
        ...(labels ? { labels: [...labels] } : {}),
        ...(blockedBy ? { blockedBy: [...blockedBy] } : {}),
      };
      db.update(issues)
        .set({ ...rest, ...lists, updatedAt: at })
        .where(eq(issues.id, id))
        .run();
    },
    changedSince(repo: string, since: number): Issue[] {
      const changed = and(eq(issues.repo, repo), gt(issues.updatedAt, since));
      return db.select().from(issues).where(changed).orderBy(desc(issues.updatedAt)).all();
    },
    bySeq(repo: string, seq: number): Issue | null {
      const one = and(eq(issues.repo, repo), eq(issues.seq, seq));
      return db.select().from(issues).where(one).all()[0] ?? null;
    },
    /** With its comments; for a staging instance that cleans up behind its check. */
    remove(id: string): void {
      db.delete(comments).where(eq(comments.issue, id)).run();
      db.delete(issues).where(eq(issues.id, id)).run();
    },
    insertComment(row: Comment): boolean {
      return db.insert(comments).values(row).onConflictDoNothing().run().changes === 1;
    },
    comments(issue: string): Comment[] {
      return db
        .select()
        .from(comments)
        .where(eq(comments.issue, issue))
        .orderBy(asc(comments.createdAt), asc(sql`rowid`))
        .all();
    },
  };
}
