import { and, desc, eq, ne, sql } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { Limits } from '../pipeline/policy.ts';
import type { Change, EngineStore, LogEntry, StartRequest } from '../pipeline/ports.ts';
import type { Project } from '../pipeline/project.ts';
import { createTask, type TaskState } from '../pipeline/task.ts';
import { applyLocal } from './local-effects.ts';
import type { Db } from './open.ts';
import { dedupKey, type Outbox, rank } from './outbox.ts';
import { taskLog, tasks } from './schema.ts';
import { type SurroundingsOptions, surroundingsOf } from './surroundings.ts';
import { fromRow, toRow } from './task-rows.ts';

export interface EngineStoreDeps {
  db: Db;
  outbox: Outbox;
  /** Registry entry of a repository. */
  project: (repo: string) => Project;
  limits: (repo: string) => Limits;
  /** Switches and times that depend on the project and the clock. */
  options: (project: Project, at: Instant) => SurroundingsOptions;
  /** Branch of a new task (FORGE-64). */
  branchFor: (
    wid: string,
    title: string,
    other: { taken: (branch: string) => boolean; fallbackId: string },
  ) => string;
  uuid: () => string;
  /** Local day of an instant, `YYYY-MM-DD`. */
  dayOf: (at: Instant) => string;
}

const pad = (seq: number): string => String(seq).padStart(3, '0');

/** The engine's view of the database (PIPE-3). */
export function createEngineStore(deps: EngineStoreDeps): EngineStore {
  const { db, outbox } = deps;
  const live = ne(tasks.stage, 'cancelled');

  const taken = (column: 'wid' | 'branch', repo: string, value: string): boolean =>
    db
      .select({ id: tasks.id })
      .from(tasks)
      .where(and(eq(tasks.repo, repo), eq(tasks[column], value), live))
      .all().length > 0;

  function allocateWid({ repo, prefix, seq }: StartRequest): string {
    const [last] = db
      .select({ n: sql<number>`max(cast(substr(wid, ${prefix.length + 2}) as integer))` })
      .from(tasks)
      .where(and(eq(tasks.repo, repo), sql`wid like ${`${prefix}-%`}`))
      .all();
    let n = seq ?? (last?.n ?? 0) + 1;
    while (taken('wid', repo, `${prefix}-${pad(n)}`)) n += 1;
    return `${prefix}-${pad(n)}`;
  }

  const logRow = (entry: LogEntry) => ({
    task: entry.task,
    eventKey: entry.event.key,
    kind: entry.event.kind,
    name: entry.event.name,
    event: entry.event as unknown as Record<string, unknown>,
    accepted: entry.accepted,
    from: entry.from,
    to: entry.to,
    reason: entry.reason,
    message: entry.message,
    at: entry.at,
  });

  function writeTask({ previous, next }: Change): boolean {
    if (previous.version === 0) {
      db.insert(tasks).values(toRow(next)).run();
      return true;
    }
    const { id: _, ...row } = toRow(next);
    const unchanged = and(eq(tasks.id, previous.id), eq(tasks.version, previous.version));
    return db.update(tasks).set(row).where(unchanged).run().changes === 1;
  }

  function writeEffects({ next, entry, effects }: Change): void {
    const service = deps.project(next.repo).service;
    const context = { db, outbox, task: next, at: entry.at, service, day: deps.dayOf(entry.at) };
    const outward = effects
      .map((effect, index) => ({ effect, key: dedupKey(next, effect, index) }))
      .filter(({ effect }) => !applyLocal(context, effect))
      .sort((a, b) => rank(a.effect.kind) - rank(b.effect.kind));
    for (const { effect, key } of outward) outbox.add({ task: next.id, key, payload: effect, at: entry.at });
  }

  return {
    allocate(request, at) {
      const { prefix: _prefix, seq: _seq, ...rest } = request;
      const wid = allocateWid(request);
      const uuid = deps.uuid();
      const branch = deps.branchFor(wid, request.title, {
        taken: (name) => taken('branch', request.repo, name),
        fallbackId: request.issueId ?? uuid,
      });
      const [last] = db.select({ id: tasks.id }).from(tasks).orderBy(desc(tasks.id)).limit(1).all();
      return createTask({ ...rest, id: (last?.id ?? 0) + 1, uuid, wid, branch, at });
    },
    byIssue(issueId) {
      const [row] = db
        .select()
        .from(tasks)
        .where(and(eq(tasks.issueId, issueId), live))
        .all();
      return row ? fromRow(row) : null;
    },
    load(id) {
      const [row] = db.select().from(tasks).where(eq(tasks.id, id)).all();
      return row ? fromRow(row) : null;
    },
    startedBy(key) {
      const start = and(eq(taskLog.eventKey, key), eq(taskLog.accepted, true), eq(taskLog.name, 'start'));
      const [entry] = db.select({ task: taskLog.task }).from(taskLog).where(start).all();
      return entry ? this.load(entry.task) : null;
    },
    accepted(key) {
      const hit = and(eq(taskLog.eventKey, key), eq(taskLog.accepted, true));
      return db.select({ id: taskLog.id }).from(taskLog).where(hit).limit(1).all().length > 0;
    },
    policyOf(task: TaskState, at) {
      const project = deps.project(task.repo);
      return {
        project,
        limits: deps.limits(task.repo),
        around: surroundingsOf(db, task, at, deps.options(project, at)),
      };
    },
    commit(change) {
      if (!writeTask(change)) return false;
      db.insert(taskLog).values(logRow(change.entry)).run();
      writeEffects(change);
      return true;
    },
    refuse(entry) {
      db.insert(taskLog).values(logRow(entry)).run();
    },
    transaction: (work) => db.$client.transaction(work).immediate(),
  };
}
