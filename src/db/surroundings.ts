import { and, asc, eq, gt, inArray, isNotNull, isNull, lt, notInArray, sql } from 'drizzle-orm';
import type { FreezeScope } from '../pipeline/effects.ts';
import type { Instant } from '../pipeline/events.ts';
import type { Freeze, Surroundings } from '../pipeline/policy.ts';
import type { Stage } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import { openBreaker } from './breakers.ts';
import type { Db } from './open.ts';
import { dependencies, freezes, pauses, runs, tasks } from './schema.ts';

const ENDED: Stage[] = ['done', 'cancelled'];
const DAY_MS = 86_400_000;

/** Active freezes of a repository; throws when they cannot be read, which counts as frozen. */
export function activeFreezes(db: Db, repo: string): Freeze[] {
  const rows = db
    .select()
    .from(freezes)
    .where(and(eq(freezes.repo, repo), isNull(freezes.liftedAt)))
    .all();
  return rows.map(({ scope, cause, reason, actor, createdAt }) => ({
    scope: scope as FreezeScope,
    cause,
    reason,
    by: actor,
    since: createdAt,
  }));
}

/** The pause that covers a repository: its own, or the one over everything (VIEW-2). */
export function pauseOf(db: Db, repo: string): { by: string; since: Instant } | null {
  const [row] = db
    .select()
    .from(pauses)
    .where(inArray(pauses.scope, [repo, '*']))
    .all();
  return row ? { by: row.actor, since: row.since } : null;
}

function openDependencies(db: Db, task: number): { wid: string; stage: Stage }[] {
  const rows = db
    .select({ wid: tasks.wid, stage: tasks.stage })
    .from(dependencies)
    .innerJoin(tasks, eq(tasks.id, dependencies.onTask))
    .where(and(eq(dependencies.task, task), notInArray(tasks.stage, ENDED)))
    .orderBy(asc(tasks.id))
    .all();
  return rows.map(({ wid, stage }) => ({ wid, stage: stage as Stage }));
}

/** The lowest earlier unfinished task of the repository (REC-110). */
function earlierTask(db: Db, { repo, id }: TaskState): string | null {
  const [row] = db
    .select({ wid: tasks.wid })
    .from(tasks)
    .where(and(eq(tasks.repo, repo), lt(tasks.id, id), notInArray(tasks.stage, ENDED)))
    .orderBy(asc(tasks.id))
    .limit(1)
    .all();
  return row?.wid ?? null;
}

export interface SurroundingsOptions {
  serial: boolean;
  dependencies: boolean;
  runsPerDay: number;
  windowOpensAt: Instant | null;
}

/** What the database knows of a task's surroundings at `at`. */
export function surroundingsOf(
  db: Db,
  task: TaskState,
  at: Instant,
  options: SurroundingsOptions,
): Surroundings {
  const [ran] = db
    .select({ count: sql<number>`count(*)` })
    .from(runs)
    .where(and(eq(runs.task, task.id), gt(runs.createdAt, at - DAY_MS), isNotNull(runs.startedAt)))
    .all();
  const known = {
    paused: pauseOf(db, task.repo),
    serialBehind: options.serial ? earlierTask(db, task) : null,
    dependsOn: options.dependencies ? openDependencies(db, task.id) : [],
    runsToday: { count: ran?.count ?? 0, max: options.runsPerDay },
    windowOpensAt: options.windowOpensAt,
    breaker: openBreaker(db),
  };
  try {
    return { ...known, freezes: activeFreezes(db, task.repo) };
  } catch {
    return { ...known, freezes: [], freezesUnreadable: true };
  }
}
