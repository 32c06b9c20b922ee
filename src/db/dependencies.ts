import { eq, notInArray } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { Stage } from '../pipeline/stages.ts';
import type { Db } from './open.ts';
import { dependencies, tasks } from './schema.ts';

export interface DependencyStore {
  /** Edges of one task in both directions. */
  of(task: number): { wid: string; stage: Stage; direction: 'on' | 'of' }[];
  /** The path on → … → task that a new edge task → on would close, as wids; null when there is none (REC-103). */
  cycle(task: number, on: number): string[] | null;
  /** The tasks of a cycle of unfinished ones through this one; null when there is none. */
  around(task: number): { id: number; wid: string }[] | null;
  count(): number;
}

/** Adds edges; one that is there already stays as it is. */
export function writeDependencies(
  db: Db,
  { task, on, source }: { task: number; on: readonly number[]; source: 'local' | 'tracker' },
  createdAt: Instant,
): void {
  for (const onTask of on.filter((id) => id !== task))
    db.insert(dependencies).values({ task, onTask, source, createdAt }).onConflictDoNothing().run();
}

/** Tasks along the edges, both ends included; depth first (REC-103). */
function pathBetween(
  edges: readonly { task: number; onTask: number }[],
  from: number,
  to: number,
): number[] | null {
  const next = new Map<number, number[]>();
  for (const edge of edges) next.set(edge.task, [...(next.get(edge.task) ?? []), edge.onTask]);
  const search = (at: number, path: readonly number[]): number[] | null => {
    if (at === to) return [...path, at];
    if (path.includes(at)) return null;
    for (const further of next.get(at) ?? []) {
      const found = search(further, [...path, at]);
      if (found) return found;
    }
    return null;
  };
  return search(from, []);
}

export function createDependencyStore(db: Db): DependencyStore {
  const edges = () => db.select().from(dependencies).all();
  const unfinished = () =>
    db
      .select({ task: dependencies.task, onTask: dependencies.onTask })
      .from(dependencies)
      .innerJoin(tasks, eq(tasks.id, dependencies.onTask))
      .where(notInArray(tasks.stage, ['done', 'cancelled']))
      .all();
  const widOf = (id: number): string =>
    db.select({ wid: tasks.wid }).from(tasks).where(eq(tasks.id, id)).all()[0]?.wid ?? `#${id}`;
  return {
    of(task) {
      const on = db
        .select({ wid: tasks.wid, stage: tasks.stage })
        .from(dependencies)
        .innerJoin(tasks, eq(tasks.id, dependencies.onTask))
        .where(eq(dependencies.task, task))
        .all();
      const of = db
        .select({ wid: tasks.wid, stage: tasks.stage })
        .from(dependencies)
        .innerJoin(tasks, eq(tasks.id, dependencies.task))
        .where(eq(dependencies.onTask, task))
        .all();
      return [
        ...on.map(({ wid, stage }) => ({ wid, stage: stage as Stage, direction: 'on' as const })),
        ...of.map(({ wid, stage }) => ({ wid, stage: stage as Stage, direction: 'of' as const })),
      ];
    },
    cycle(task, on) {
      const path = pathBetween(edges(), on, task);
      return path ? [task, ...path].map(widOf) : null;
    },
    around(task) {
      const all = unfinished();
      for (const { onTask } of all.filter((edge) => edge.task === task)) {
        const path = pathBetween(all, onTask, task);
        if (path) return path.map((id) => ({ id, wid: widOf(id) }));
      }
      return null;
    },
    count: () => edges().length,
  };
}
