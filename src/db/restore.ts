import { inArray, sql } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { Db } from './open.ts';
import { leases, pauses, tasks } from './schema.ts';
import { memos } from './schema-chat.ts';

/**
 * Makes a restored database safe to start (REC-162): every fence is raised, so that whatever still runs is stale; Redis is
 * told apart by a new epoch; leases of the past are gone; claiming is paused until a person resumes.
 */
export function afterRestore(db: Db, at: Instant): void {
  db.$client
    .transaction(() => {
      const raised = sql`${tasks.fence} + 1000`;
      db.update(tasks)
        .set({
          fence: raised,
          version: sql`${tasks.version} + 1`,
          state: sql`json_set(${tasks.state}, '$.fence', ${tasks.fence} + 1000, '$.version', ${tasks.version} + 1)`,
        })
        .run();
      db.delete(leases).run();
      db.delete(memos)
        .where(inArray(memos.key, ['redis-epoch', 'control-worker']))
        .run();
      db.insert(memos)
        .values({ key: 'restored-at', value: String(at) })
        .onConflictDoNothing()
        .run();
      db.insert(pauses).values({ scope: '*', actor: 'restore', since: at }).onConflictDoNothing().run();
    })
    .immediate();
}
