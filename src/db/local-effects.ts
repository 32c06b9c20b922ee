import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Effect } from '../pipeline/effects.ts';
import type { Fact, FactData, FactEvent, Instant } from '../pipeline/events.ts';
import type { TaskState } from '../pipeline/task.ts';
import type { WaitingKind } from '../pipeline/waiting.ts';
import { createDependencyStore } from './dependencies.ts';
import type { Db } from './open.ts';
import type { Outbox } from './outbox.ts';
import { taskIsLive } from './partial.ts';
import { budgets, dependencies, deploys, freezes, leases, tasks } from './schema.ts';

export interface LocalContext {
  db: Db;
  outbox: Outbox;
  task: TaskState;
  at: Instant;
  /** Name of the deployed service, for the rows that carry it. */
  service: string;
  /** Local day of an instant, `YYYY-MM-DD`. */
  dayOf: (at: Instant) => string;
}

type Apply<K extends Effect['kind']> = (context: LocalContext, effect: Extract<Effect, { kind: K }>) => void;

/** Writes an event for another task; the dispatcher applies it after the commit (REC-105, SHIP-53). */
export function emitFact<F extends Fact>(
  { outbox, at }: Pick<LocalContext, 'outbox' | 'at'>,
  fact: { task: number; name: F; data: FactData[F]; key: string },
): void {
  const event = {
    kind: 'fact',
    name: fact.name,
    data: fact.data,
    key: fact.key,
    at,
    target: { task: fact.task },
  };
  outbox.add({
    task: fact.task,
    key: `emit:${fact.key}`,
    payload: { kind: 'emit', event: event as FactEvent },
    at,
  });
}

function waitingIn(db: Db, repo: string, ...kinds: WaitingKind[]): number[] {
  const rows = db
    .select({ id: tasks.id })
    .from(tasks)
    .where(and(taskIsLive, eq(tasks.repo, repo), inArray(tasks.activity, kinds)))
    .orderBy(asc(tasks.id))
    .all();
  return rows.map(({ id }) => id);
}

const releaseLease: Apply<'release-lease'> = (context) => {
  const { db, task, at } = context;
  const held = and(eq(leases.holderTask, task.id), eq(leases.released, false));
  db.update(leases).set({ released: true, heartbeatAt: at }).where(held).run();
  // The gate may have given it back itself: who waits is woken either way, and parks again where it is taken.
  wakeLeaseWaiter(context, task.repo);
};

/** Wakes the parked task with the lowest id (SHIP-53). */
export function wakeLeaseWaiter(context: Pick<LocalContext, 'db' | 'outbox' | 'at'>, repo: string): void {
  const [next] = waitingIn(context.db, repo, 'lease');
  if (next === undefined) return;
  emitFact(context, {
    task: next,
    name: 'lease-changed',
    data: {},
    key: `lease:${repo}:${next}:${context.at}`,
  });
}

const freeze: Apply<'freeze'> = ({ db, task, at }, { scope, cause, reason, by }) => {
  db.insert(freezes)
    .values({ repo: task.repo, scope, cause, reason, actor: by, createdAt: at })
    .onConflictDoNothing()
    .run();
};

/** Lifts one cause, or every one when it is null, and wakes who waited (SHIP-163). Number of freezes lifted. */
export function liftFreeze(
  context: Pick<LocalContext, 'db' | 'outbox' | 'at'>,
  { repo, cause, by }: { repo: string; cause: string | null; by: string },
): number {
  const { db, at } = context;
  const active = and(
    eq(freezes.repo, repo),
    isNull(freezes.liftedAt),
    cause === null ? undefined : eq(freezes.cause, cause),
  );
  const { changes } = db.update(freezes).set({ liftedAt: at, liftedBy: by }).where(active).run();
  if (changes > 0) wakeRepo(context, repo, by);
  return changes;
}

/** Tells every task held back by its repository that something changed. */
export function wakeRepo(
  context: Pick<LocalContext, 'db' | 'outbox' | 'at'>,
  repo: string,
  by: string,
): void {
  // A freeze refuses the merge lease too, so those who wait for it are asked again.
  for (const id of waitingIn(context.db, repo, 'frozen', 'paused', 'serial', 'lease')) {
    emitFact(context, {
      task: id,
      name: 'repo-changed',
      data: { by },
      key: `repo:${repo}:${id}:${context.at}`,
    });
  }
}

const wakeDependents: Apply<'wake-dependents'> = (context, { cancelled }) => {
  const { db, task } = context;
  const edges = db
    .select({ id: dependencies.task })
    .from(dependencies)
    .where(eq(dependencies.onTask, task.id))
    .all();
  const behind = waitingIn(db, task.repo, 'serial').map((id) => ({ id, data: {} }));
  const dependents = edges.map(({ id }) => ({ id, data: { ended: task.wid, cancelled } }));
  for (const { id, data } of [...dependents, ...behind]) {
    emitFact(context, { task: id, name: 'deps-changed', data, key: `deps:${id}:${task.id}:${task.version}` });
  }
};

const depend: Apply<'depend'> = (context, { on, remove }) => {
  const { db, task, at } = context;
  const [target] = db
    .select({ id: tasks.id })
    .from(tasks)
    .where(eq(tasks.wid, on))
    .orderBy(sql`id desc`)
    .all();
  if (target === undefined || target.id === task.id) return;
  if (remove) {
    const edge = and(eq(dependencies.task, task.id), eq(dependencies.onTask, target.id));
    db.delete(dependencies).where(edge).run();
    tellDeps(context, task.id, { data: {}, key: `undep:${task.id}:${target.id}:${at}` });
    releaseFromCycles(context);
    return;
  }
  db.insert(dependencies)
    .values({ task: task.id, onTask: target.id, source: 'local', createdAt: at })
    // What the tracker said too stays when its relation goes (PLANE-62).
    .onConflictDoUpdate({ target: [dependencies.task, dependencies.onTask], set: { source: 'local' } })
    .run();
};

const tellDeps = (
  context: Pick<LocalContext, 'outbox' | 'at'>,
  task: number,
  { data, key }: { data: FactData['deps-changed']; key: string },
): void => emitFact(context, { task, name: 'deps-changed', data, key });

/** Tasks that waited because of a cycle which is no longer one go on (REC-103). */
export function releaseFromCycles(context: Pick<LocalContext, 'db' | 'outbox' | 'at'>): void {
  const { db, at } = context;
  const edges = createDependencyStore(db);
  const cycled = sql`${tasks.activity} = 'blocked' and json_extract(${tasks.state}, '$.activity.cause') = 'dep-cycle'`;
  for (const { id } of db.select({ id: tasks.id }).from(tasks).where(cycled).all()) {
    if (edges.around(id) === null) tellDeps(context, id, { data: {}, key: `uncycled:${id}:${at}` });
  }
}

const openDeploy: Apply<'open-deploy'> = ({ db, task, at, service }, { attempt, sha, by, imageDigest }) => {
  const [previous] = db
    .select({ sha: sql<string>`coalesce(json_extract(${deploys.result}, '$.landedSha'), ${deploys.sha})` })
    .from(deploys)
    .where(and(eq(deploys.service, service), eq(deploys.state, 'SUCCESS')))
    .orderBy(sql`begun desc`)
    .limit(1)
    .all();
  db.insert(deploys)
    .values({
      id: `d${task.id}-${attempt}-${sha.slice(0, 12)}`,
      task: task.id,
      attempt,
      repo: task.repo,
      service,
      kind: 'deploy',
      sha,
      previousSha: previous?.sha ?? null,
      imageDigest,
      confirmedBy: by,
      state: 'INITIATED',
      createdAt: at,
    })
    .onConflictDoNothing()
    .run();
};

const raiseDayBudget: Apply<'raise-day-budget'> = ({ db, dayOf, at }, { usd }) => {
  db.insert(budgets)
    .values({ day: dayOf(at), raisedUsd: usd })
    .onConflictDoUpdate({ target: budgets.day, set: { raisedUsd: sql`${budgets.raisedUsd} + ${usd}` } })
    .run();
};

const command: Apply<'command'> = ({ outbox, task, at }, { name, label, sha }) => {
  const { id, stage, attempt, version } = task;
  const key = `label:${id}:${stage}:${attempt}:${name}:${sha ?? ''}:${version}`;
  const actor = { surface: 'label', id: `label:${label}`, name: `label:${label}`, role: 'owner' } as const;
  const target = { task: id, stage, attempt, ...(sha === null ? {} : { sha }) };
  outbox.add({
    task: id,
    key: `emit:${key}`,
    payload: { kind: 'emit', event: { kind: 'command', name, key, at, actor, target } },
    at,
  });
};

/** Effects that are rows of this database, applied inside the committing transaction. */
const LOCAL: { [K in Effect['kind']]?: Apply<K> } = {
  'release-lease': releaseLease,
  freeze,
  'lift-freeze': (context, { cause }) =>
    void liftFreeze(context, { repo: context.task.repo, cause, by: 'system' }),
  'wake-dependents': wakeDependents,
  depend,
  'open-deploy': openDeploy,
  'raise-day-budget': raiseDayBudget,
  command,
};

/** Applies a local effect; false when the effect is an outward one. */
export function applyLocal(context: LocalContext, effect: Effect): boolean {
  const apply = LOCAL[effect.kind] as ((context: LocalContext, effect: Effect) => void) | undefined;
  if (apply === undefined) return false;
  apply(context, effect);
  return true;
}
