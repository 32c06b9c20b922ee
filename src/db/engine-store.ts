import { and, desc, eq, max, sql } from 'drizzle-orm';
import type { Event, Instant } from '../pipeline/events.ts';
import type { Limits, Surroundings } from '../pipeline/policy.ts';
import type { Change, EngineStore, LogEntry, StartRequest } from '../pipeline/ports.ts';
import type { Project } from '../pipeline/project.ts';
import { isTerminal } from '../pipeline/stages.ts';
import { createTask, type TaskState } from '../pipeline/task.ts';
import { writeBlockers } from './blockers.ts';
import { createDependencyStore, writeDependencies } from './dependencies.ts';
import { applyLocal } from './local-effects.ts';
import type { Db } from './open.ts';
import { dedupKey, type Outbox, rank } from './outbox.ts';
import { deployIsOpen, eventIsAccepted, taskIsNotCancelled } from './partial.ts';
import { placeholdersOf, settingOf } from './placeholders.ts';
import { deploys, taskLog, tasks } from './schema.ts';
import { createSurroundings, type SurroundingsOptions, type Unreadable } from './surroundings.ts';
import { fromRow, toRow } from './task-rows.ts';
import { createTogether } from './transactions.ts';

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
  unreadable?: Unreadable | undefined;
  /** Local day of an instant, `YYYY-MM-DD`. */
  dayOf: (at: Instant) => string;
}

const pad = (seq: number): string => String(seq).padStart(3, '0');

/** The engine's view of the database (PIPE-3). */
export function createEngineStore(deps: EngineStoreDeps): EngineStore {
  const { db, outbox } = deps;
  const statements = prepareStatements(db);
  const surroundingsOf = createSurroundings(db, deps.unreadable);

  const taken = (column: 'wid' | 'branch', repo: string, value: string): boolean =>
    statements.taken[column].all({ repo, value }).length > 0;

  /** The number of the tracker's issue, else the next one; a number that is taken moves on. */
  function allocateWid({ repo, prefix, seq }: StartRequest): string {
    let n = seq ?? nextNumber(repo, prefix);
    while (taken('wid', repo, `${prefix}-${pad(n)}`)) n += 1;
    return `${prefix}-${pad(n)}`;
  }

  function nextNumber(repo: string, prefix: string): number {
    const [last] = db
      .select({ n: sql<number>`max(cast(substr(wid, ${prefix.length + 2}) as integer))` })
      .from(tasks)
      .where(and(eq(tasks.repo, repo), sql`wid like ${`${prefix}-%`}`))
      .all();
    return (last?.n ?? 0) + 1;
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
      statements.insert.run(toRow(next));
      return true;
    }
    return statements.update.run({ ...toRow(next), previous: previous.version }).changes === 1;
  }

  function writeEffects({ next, entry, effects }: Change): void {
    const service = deps.project(next.repo).service;
    const context = { db, outbox, task: next, at: entry.at, service, dayOf: deps.dayOf };
    const outward = effects
      .map((effect, index) => ({ effect, key: dedupKey(next, effect, index) }))
      .filter(({ effect }) => !applyLocal(context, effect))
      .sort((a, b) => rank(a.effect.kind) - rank(b.effect.kind));
    for (const { effect, key } of outward) outbox.add({ task: next.id, key, payload: effect, at: entry.at });
  }

  return {
    allocate(request, at) {
      const { prefix: _prefix, seq: _seq, createIssue: _issue, blockers, dependsOn = [], ...rest } = request;
      const wid = allocateWid(request);
      const uuid = deps.uuid();
      const branch = deps.branchFor(wid, request.title, {
        taken: (name) => taken('branch', request.repo, name),
        fallbackId: request.issueId ?? uuid,
      });
      const [last] = statements.last.all();
      const id = (last?.id ?? 0) + 1;
      writeDependencies(db, { task: id, on: dependsOn, source: 'local' }, at);
      if (blockers) writeBlockers(db, id, blockers, at);
      return createTask({ ...rest, id, uuid, wid, branch, at });
    },
    byIssue(issueId) {
      const [row] = statements.byIssue.all({ issueId });
      return row ? fromRow(row) : null;
    },
    load(id) {
      const [row] = statements.load.all({ id });
      return row ? fromRow(row) : null;
    },
    complete: (event) => withCycle(db, event),
    startedBy(key) {
      const [entry] = statements.startedBy.all({ key });
      return entry ? this.load(entry.task) : null;
    },
    accepted(key) {
      return statements.accepted.all({ key }).length > 0;
    },
    policyOf(task: TaskState, at) {
      const project = deps.project(task.repo);
      let around: Surroundings | null = null;
      return {
        project,
        limits: deps.limits(task.repo),
        // Read only where a decision depends on it: most events do not start anything.
        get around() {
          around ??= surroundingsOf(task, at, deps.options(project, at));
          return around;
        },
      };
    },
    commit(change) {
      if (!writeTask(change)) return false;
      statements.log.run(logRow(change.entry));
      if (isUsedUp(change)) statements.abandonDeploys.run({ task: change.next.id, at: change.entry.at });
      writeEffects(change);
      return true;
    },
    refuse(entry) {
      statements.log.run(logRow(entry));
    },
    transaction: createTogether(db),
  };
}

/** The confirmation of a deploy is gone, whether it was carried out or not: what has not ended by now never began (SHIP-91). */
const isUsedUp = ({ previous, next }: Change): boolean =>
  previous.confirmation !== null &&
  (next.confirmation === null || next.attempt !== previous.attempt || isTerminal(next.stage));

/** A declared dependency that would close a cycle says which; the machine refuses it (REC-103). */
function withCycle(db: Db, event: Event): Event {
  if (event.kind !== 'command' || event.name !== 'depend') return event;
  const edge = event.args?.dependency;
  if (edge === undefined || edge.remove) return event;
  const named = db.select({ id: tasks.id }).from(tasks).where(eq(tasks.wid, edge.on));
  const [on] = named.orderBy(desc(tasks.id)).limit(1).all();
  const cycle = on === undefined ? null : createDependencyStore(db).cycle(event.target.task, on.id);
  return cycle === null ? event : { ...event, args: { ...event.args, dependency: { ...edge, cycle } } };
}

/** What every event needs, prepared once: building a statement costs more than running it. */
function prepareStatements(db: Db) {
  const { placeholder } = sql;
  const { id: _id, ...log } = placeholdersOf(taskLog);
  const set = settingOf(tasks, 'version', 'stage', 'activity', 'fence', 'wakeAt', 'state', 'updatedAt');
  const unchanged = and(eq(tasks.id, placeholder('id')), eq(tasks.version, placeholder('previous')));
  const withKey = and(eq(taskLog.eventKey, placeholder('key')), eventIsAccepted);
  const state = () => db.select({ state: tasks.state }).from(tasks);
  const taken = (column: 'wid' | 'branch') =>
    db
      .select({ id: tasks.id })
      .from(tasks)
      .where(
        and(eq(tasks.repo, placeholder('repo')), eq(tasks[column], placeholder('value')), taskIsNotCancelled),
      )
      .prepare();
  return {
    taken: { wid: taken('wid'), branch: taken('branch') },
    last: db
      .select({ id: max(tasks.id) })
      .from(tasks)
      .prepare(),
    insert: db.insert(tasks).values(placeholdersOf(tasks)).prepare(),
    byIssue: state()
      .where(and(eq(tasks.issueId, placeholder('issueId')), taskIsNotCancelled))
      .prepare(),
    startedBy: db
      .select({ task: taskLog.task })
      .from(taskLog)
      .where(and(withKey, eq(taskLog.name, 'start')))
      .prepare(),
    load: state()
      .where(eq(tasks.id, placeholder('id')))
      .prepare(),
    accepted: db.select({ id: taskLog.id }).from(taskLog).where(withKey).limit(1).prepare(),
    log: db.insert(taskLog).values(log).prepare(),
    abandonDeploys: db
      .update(deploys)
      .set({ state: 'ABANDONED', endedAt: sql`${placeholder('at')}` })
      .where(and(eq(deploys.task, placeholder('task')), eq(deploys.kind, 'deploy'), deployIsOpen))
      .prepare(),
    update: db.update(tasks).set(set).where(unchanged).prepare(),
  };
}
