import { and, asc, eq, gt, inArray, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import type { FreezeScope } from '../pipeline/effects.ts';
import type { Instant } from '../pipeline/events.ts';
import type { Freeze, Surroundings } from '../pipeline/policy.ts';
import type { Stage } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import { createBreakerStore, openBreaker } from './breakers.ts';
import type { Db } from './open.ts';
import { taskIsLive } from './partial.ts';
import { blockingIssues, dependencies, freezes, pauses, runs, tasks } from './schema.ts';

const DAY_MS = 86_400_000;

export interface SurroundingsOptions {
  serial: boolean;
  dependencies: boolean;
  runsPerDay: number;
  windowOpensAt: Instant | null;
}

/** Told of an order or readiness that could not be read and held nobody back. */
export type Unreadable = (what: 'order' | 'dependencies', error: unknown) => void;

/** What the database knows of a task's surroundings at `at`; asked once per event. */
export function createSurroundings(
  db: Db,
  unreadable: Unreadable = () => undefined,
): (task: TaskState, at: Instant, options: SurroundingsOptions) => Surroundings {
  const statements = prepareStatements(db);
  const breakers = createBreakerStore(db);
  /** Order and readiness fail open: what cannot be read holds nobody back (REC-104, REC-113). */
  function readOr<T>(fallback: T, what: 'order' | 'dependencies', read: () => T): T {
    try {
      return read();
    } catch (error) {
      unreadable(what, error);
      return fallback;
    }
  }
  return ({ id, repo }, at, options) => {
    const [ran] = statements.runsSince.all({ task: id, since: at - DAY_MS });
    const [pause] = statements.pauses.all({ repo });
    const known = {
      paused: pause ? { by: pause.actor, since: pause.since } : null,
      serialBehind: options.serial
        ? readOr(null, 'order', () => statements.earlier.all({ repo, id })[0]?.wid ?? null)
        : null,
      dependsOn: options.dependencies
        ? readOr([], 'dependencies', () => openDependencies(statements, id))
        : [],
      runsToday: { count: ran?.count ?? 0, max: options.runsPerDay },
      windowOpensAt: options.windowOpensAt,
      breaker: openBreaker(breakers),
    };
    try {
      return { ...known, freezes: activeFreezes(statements, repo) };
    } catch {
      // What cannot be read counts as frozen.
      return { ...known, freezes: [], freezesUnreadable: true };
    }
  };
}

type Statements = ReturnType<typeof prepareStatements>;

const openDependencies = ({ dependencies: open, blockingIssues: issues }: Statements, task: number) => [
  ...open.all({ task }).map(({ wid, stage }) => ({ wid, stage: stage as Stage })),
  ...issues.all({ task }).map(({ wid }) => ({ wid, stage: 'created' as const })),
];

const activeFreezes = ({ freezes: active }: Statements, repo: string): Freeze[] =>
  active.all({ repo }).map(({ scope, cause, reason, actor, createdAt }) => ({
    scope: scope as FreezeScope,
    cause,
    reason,
    by: actor,
    since: createdAt,
  }));

function prepareStatements(db: Db) {
  const { placeholder } = sql;
  const startedSince = and(
    eq(runs.task, placeholder('task')),
    gt(runs.createdAt, placeholder('since')),
    isNotNull(runs.startedAt),
  );
  const before = and(eq(tasks.repo, placeholder('repo')), lt(tasks.id, placeholder('id')), taskIsLive);
  return {
    runsSince: db.select({ count: sql<number>`count(*)` }).from(runs).where(startedSince).prepare(),
    /** Of the repository itself, or of everything (VIEW-2). */
    pauses: db
      .select({ actor: pauses.actor, since: pauses.since })
      .from(pauses)
      .where(inArray(pauses.scope, [placeholder('repo'), '*']))
      .prepare(),
    /** Issues without a task (PLANE-60). */
    blockingIssues: db
      .select({ wid: blockingIssues.name })
      .from(blockingIssues)
      .where(and(eq(blockingIssues.task, placeholder('task')), eq(blockingIssues.state, 'open')))
      .prepare(),
    dependencies: db
      .select({ wid: tasks.wid, stage: tasks.stage })
      .from(dependencies)
      .innerJoin(tasks, eq(tasks.id, dependencies.onTask))
      .where(and(eq(dependencies.task, placeholder('task')), taskIsLive))
      .orderBy(asc(tasks.id))
      .prepare(),
    /** The lowest earlier unfinished task of the repository (REC-110). */
    earlier: db
      .select({ wid: tasks.wid })
      .from(tasks)
      .where(before)
      .orderBy(asc(tasks.id))
      .limit(1)
      .prepare(),
    freezes: db
      .select()
      .from(freezes)
      .where(and(eq(freezes.repo, placeholder('repo')), isNull(freezes.liftedAt)))
      .prepare(),
  };
}
