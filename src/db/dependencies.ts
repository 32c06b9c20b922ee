import { eq } from 'drizzle-orm';
import type { Stage } from '../pipeline/stages.ts';
import type { Db } from './open.ts';
import { dependencies, tasks } from './schema.ts';

export interface DependencyStore {
  /** Edges of one task in both directions. */
  of(task: number): { wid: string; stage: Stage; direction: 'on' | 'of' }[];
  /** The path on → … → task that a new edge task → on would close, as wids; null when there is none (REC-103). */
  cycle(task: number, on: number): string[] | null;
  count(): number;
}

export function createDependencyStore(db: Db): DependencyStore {
  const edges = () => db.select().from(dependencies).all();
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
      const next = new Map<number, number[]>();
      for (const edge of edges()) next.set(edge.task, [...(next.get(edge.task) ?? []), edge.onTask]);
      const search = (at: number, path: number[]): number[] | null => {
        if (at === task) return [...path, at];
        if (path.includes(at)) return null;
        for (const further of next.get(at) ?? []) {
          const found = search(further, [...path, at]);
          if (found) return found;
        }
        return null;
      };
      const path = search(on, [task]);
      return path ? path.map(widOf) : null;
    },
    count: () => edges().length,
  };
}
