import { eq } from 'drizzle-orm';
import type { Db } from './open.ts';
import { artefacts, dependencies, deploys, outbox, runs, taskLog, tasks, verdicts } from './schema.ts';

/**
 * Removes a task with everything that is kept about it, as if it had never been. For a staging instance that cleans up
 * behind its check; nothing else ever forgets a task.
 */
export function forgetTask(db: Db, task: number): void {
  db.transaction((tx) => {
    for (const table of [artefacts, deploys, outbox, runs, taskLog, verdicts, dependencies])
      tx.delete(table).where(eq(table.task, task)).run();
    tx.delete(dependencies).where(eq(dependencies.onTask, task)).run();
    tx.delete(tasks).where(eq(tasks.id, task)).run();
  });
}
