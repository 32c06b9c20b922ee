import { eq } from 'drizzle-orm';
import type { Db } from './open.ts';
import { meta } from './schema.ts';
import { comments, issueStates } from './schema-work.ts';

interface StateRow {
  known: string | null;
  own: boolean;
  pending: readonly string[];
  seenAt: number;
}

/** Marks the last known state as our own among the written ones. */
const OWN = '=';
const SEEN = '@';

/** What the Plane adapter keeps (PLANE-22, PLANE-27, PLANE-29, PLANE-65, TRK-6). */
export function createPlaneStore(db: Db) {
  return {
    issueState(issue: string): StateRow | null {
      const [row] = db.select().from(issueStates).where(eq(issueStates.issue, issue)).all();
      if (!row) return null;
      const pending = row.written.filter(({ key }) => key !== OWN && key !== SEEN).map(({ key }) => key);
      const seenAt = row.written.find(({ key }) => key === SEEN)?.at ?? 0;
      return { known: row.known, own: row.written.some(({ key }) => key === OWN), pending, seenAt };
    },
    putIssueState(issue: string, { known, own, pending, seenAt }: StateRow, at: number): void {
      const written = [
        ...pending.map((key) => ({ key, at })),
        ...(own ? [{ key: OWN, at }] : []),
        { key: SEEN, at: seenAt },
      ];
      const values = { known, written, updatedAt: at };
      db.insert(issueStates)
        .values({ issue, ...values })
        .onConflictDoUpdate({ target: issueStates.issue, set: values })
        .run();
    },
    value(key: string): string | null {
      return db.select().from(meta).where(eq(meta.key, key)).all()[0]?.value ?? null;
    },
    putValue(key: string, value: string): void {
      db.insert(meta).values({ key, value }).onConflictDoUpdate({ target: meta.key, set: { value } }).run();
    },
    commentOf(writeKey: string): string | null {
      return db.select().from(comments).where(eq(comments.writeKey, writeKey)).all()[0]?.id ?? null;
    },
    isOwnComment(id: string): boolean {
      return db.select().from(comments).where(eq(comments.id, id)).all().length > 0;
    },
    addComment(row: {
      id: string;
      writeKey: string;
      issue: string;
      author: string;
      html: string;
      at: number;
    }): void {
      const { html: text, at: createdAt, ...rest } = row;
      db.insert(comments)
        .values({ ...rest, text, createdAt })
        .onConflictDoNothing()
        .run();
    },
  };
}
