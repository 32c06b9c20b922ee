import { and, asc, desc, eq, gte, isNull, sql } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { Db } from './open.ts';
import { deployCounts, deployIsOpen, deployIsWatched } from './partial.ts';
import { deploys } from './schema.ts';

export type DeployRow = typeof deploys.$inferSelect;

/** Deploys, rollbacks and their watches (SHIP-92). Lists leave out what was confirmed and never began. */
export interface DeployStore {
  byId(id: string): DeployRow | null;
  /** The row a confirmation opened. */
  of(task: number, attempt: number): DeployRow | null;
  latest(task: number): DeployRow | null;
  /** The service's newest deploy or rollback that succeeded. */
  lastGood(service: string): DeployRow | null;
  /**
   * The hook of this deploy is about to run: from now on it is the newest of its service, and what was deployed well before is
   * its way back. A repeat changes nothing.
   */
  begin(id: string): void;
  /** Newest first, by when they began. */
  ofService(service: string, limit: number): DeployRow[];
  /** Oldest first. */
  since(at: Instant): DeployRow[];
  open(): DeployRow[];
  watched(): DeployRow[];
  /** A rollback begins as it is asked for. */
  insertRollback(
    row: Omit<DeployRow, 'kind' | 'state' | 'result' | 'watch' | 'begun' | 'endedAt' | 'imageDigest'>,
  ): void;
  update(id: string, change: Partial<Pick<DeployRow, 'state' | 'result' | 'watch' | 'endedAt'>>): void;
  last(repo: string): { sha: string; at: Instant; result: string } | null;
}

const nextBegun = sql<number>`(select coalesce(max(begun), 0) + 1 from deploys)`;

export function createDeployStore(db: Db): DeployStore {
  const { placeholder } = sql;
  const rows = () => db.select().from(deploys);
  const ofTask = and(eq(deploys.task, placeholder('task')), eq(deploys.kind, 'deploy'));
  const ofAttempt = rows()
    .where(and(ofTask, eq(deploys.attempt, placeholder('attempt'))))
    .orderBy(desc(sql`rowid`))
    .limit(1)
    .prepare();
  const latest = rows().where(ofTask).orderBy(desc(deploys.attempt), desc(sql`rowid`)).limit(1).prepare();
  const lastGood = rows()
    .where(and(eq(deploys.service, placeholder('service')), eq(deploys.state, 'SUCCESS')))
    .orderBy(desc(deploys.begun))
    .limit(1)
    .prepare();
  return {
    byId: (id) => rows().where(eq(deploys.id, id)).all()[0] ?? null,
    of: (task, attempt) => ofAttempt.all({ task, attempt })[0] ?? null,
    latest: (task) => latest.all({ task })[0] ?? null,
    lastGood: (service) => lastGood.all({ service })[0] ?? null,
    ofService: (service, limit) =>
      rows()
        .where(and(eq(deploys.service, service), deployCounts))
        .orderBy(desc(deploys.begun))
        .limit(limit)
        .all(),
    since: (at) =>
      rows()
        .where(and(gte(deploys.createdAt, at), deployCounts))
        .orderBy(deploys.createdAt)
        .all(),
    open: () => rows().where(deployIsOpen).orderBy(asc(deploys.createdAt)).all(),
    watched: () => rows().where(deployIsWatched).orderBy(asc(deploys.createdAt)).all(),
    begin(id) {
      const before = sql<string>`(select coalesce(json_extract(earlier.result, '$.landedSha'), earlier.sha) from deploys earlier
        where earlier.service = ${deploys.service} and earlier.state = 'SUCCESS' order by earlier.begun desc limit 1)`;
      db.update(deploys)
        .set({ begun: nextBegun, previousSha: before })
        .where(and(eq(deploys.id, id), isNull(deploys.begun)))
        .run();
    },
    insertRollback(row) {
      db.insert(deploys)
        .values({ ...row, kind: 'rollback', state: 'INITIATED', begun: nextBegun })
        .onConflictDoNothing()
        .run();
    },
    update(id, change) {
      db.update(deploys).set(change).where(eq(deploys.id, id)).run();
    },
    last(repo) {
      const ofRepo = and(eq(deploys.repo, repo), deployCounts);
      const [row] = rows().where(ofRepo).orderBy(desc(deploys.begun)).limit(1).all();
      return row ? { sha: row.sha, at: row.createdAt, result: row.state } : null;
    },
  };
}
