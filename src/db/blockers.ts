import { and, eq, sql } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { Blockers } from '../pipeline/ports.ts';
import { createDependencyStore, writeDependencies } from './dependencies.ts';
import { emitFact, releaseFromCycles } from './local-effects.ts';
import type { Db } from './open.ts';
import type { Outbox } from './outbox.ts';
import { blockingIssues, dependencies } from './schema.ts';

/** What a tracker's relations say about a task, beside what people declared (PLANE-59 to PLANE-62). */
export interface BlockerStore {
  /** Puts what the tracker says now in the place of what it said before; call it in a transaction. */
  replace(task: number, blockers: Blockers, at: Instant): void;
  /** Names of blocking issues whose state nobody could read; they do not hold the task. */
  unchecked(task: number): string[];
}

/** Writes the rows; a dependency that a person declared stays that person's. */
export function writeBlockers(db: Db, task: number, blockers: Blockers, at: Instant): void {
  writeDependencies(db, { task, on: blockers.tasks, source: 'tracker' }, at);
  for (const { id: issue, name, state } of blockers.issues)
    db.insert(blockingIssues).values({ task, issue, name, state, readAt: at }).run();
}

export function createBlockerStore(db: Db, outbox: Outbox): BlockerStore {
  const edges = createDependencyStore(db);
  const ingested = (task: number) => and(eq(dependencies.task, task), eq(dependencies.source, 'tracker'));
  const holding = (task: number): string[] => [
    ...db
      .select()
      .from(dependencies)
      .where(ingested(task))
      .all()
      .map(({ onTask }) => `task ${onTask}`),
    ...db
      .select()
      .from(blockingIssues)
      .where(and(eq(blockingIssues.task, task), eq(blockingIssues.state, 'open')))
      .all()
      .map(({ issue }) => `issue ${issue}`),
  ];
  const depsChanged = (task: number, cycle: readonly string[] | null, at: Instant): void =>
    emitFact(
      { outbox, at },
      {
        task,
        name: 'deps-changed',
        data: cycle === null ? {} : { cycle },
        key: `relations:${task}:${cycle?.join('>') ?? ''}:${at}`,
      },
    );

  const unchecked = db
    .select({ name: blockingIssues.name })
    .from(blockingIssues)
    .where(and(eq(blockingIssues.task, sql.placeholder('task')), eq(blockingIssues.state, 'unchecked')))
    .prepare();

  return {
    replace(task, blockers, at) {
      const before = holding(task);
      db.delete(dependencies).where(ingested(task)).run();
      db.delete(blockingIssues).where(eq(blockingIssues.task, task)).run();
      writeBlockers(db, task, blockers, at);
      const after = holding(task);
      const added = after.some((one) => !before.includes(one));
      const cycle = added ? edges.around(task) : null;
      if (cycle)
        for (const { id } of cycle)
          depsChanged(id, [...cycle.map(({ wid }) => wid), cycle[0]?.wid ?? ''], at);
      if (before.every((one) => after.includes(one))) return;
      depsChanged(task, null, at);
      releaseFromCycles({ db, outbox, at });
    },
    unchecked: (task) => unchecked.all({ task }).map(({ name }) => name),
  };
}
