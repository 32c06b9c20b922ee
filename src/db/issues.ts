import { and, asc, desc, eq, gt, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { placeholdersOf } from './placeholders.ts';
import { comments, issues } from './schema-work.ts';
import { createTogether } from './transactions.ts';

type Issue = typeof issues.$inferSelect;
type Comment = typeof comments.$inferSelect;

/** Rows of the local tracker (TRK-11, TRK-15). */
export function createIssueStore(db: Db) {
  const { placeholder } = sql;
  const byId = db
    .select()
    .from(issues)
    .where(eq(issues.id, placeholder('id')))
    .prepare();
  const find = (id: string): Issue | null => byId.all({ id })[0] ?? null;
  const last = db
    .select({ seq: issues.seq })
    .from(issues)
    .where(eq(issues.repo, placeholder('repo')))
    .orderBy(desc(issues.seq))
    .limit(1)
    .prepare();
  const nextSeq = (repo: string): number => (last.all({ repo })[0]?.seq ?? 0) + 1;
  const together = createTogether(db);
  const insert = db
    .insert(issues)
    .values(placeholdersOf(issues))
    .onConflictDoNothing({ target: issues.id })
    .prepare();
  const insertComment = db.insert(comments).values(placeholdersOf(comments)).onConflictDoNothing().prepare();
  return {
    issue: find,
    insertIssue(
      row: Omit<Issue, 'seq' | 'labels' | 'blockedBy'> & {
        labels: readonly string[];
        blockedBy: readonly string[];
      },
    ): Issue {
      const { labels, blockedBy } = row;
      return together(() => {
        insert.run({ ...row, labels: [...labels], blockedBy: [...blockedBy], seq: nextSeq(row.repo) });
        return find(row.id) as Issue;
      });
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
      return insertComment.run(row).changes === 1;
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
