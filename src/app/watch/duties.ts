import { wakeLeaseWaiter } from '../../db/local-effects.ts';
import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Event } from '../../pipeline/events.ts';
import { remainingSteps } from '../../pipeline/plan.ts';
import type { Project } from '../../pipeline/project.ts';
import { reconcile } from '../../pipeline/reconcile.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { isWaiting } from '../../pipeline/waiting.ts';
import { CATALOG, type JobName, jobOfStep, stepJobId } from '../../queues/catalog.ts';
import type { Publisher } from '../../queues/publisher.ts';
import type { House } from '../house.ts';

export interface DutiesDeps {
  house: House;
  publisher: Publisher;
  project: (repo: string) => Project;
  /** Tasks one of whose steps is in hand here or with an announced worker; the queue may not know it any more (REC-41). */
  inHand: () => ReadonlySet<number>;
  leaseTtlMs: number;
  /** A task younger than this since its last change is left alone (REC-72), in milliseconds. */
  graceMs: (task: TaskState) => number;
  now: () => number;
  log: Logger;
}

/** Runs `work` per unit; one broken unit never stops the others (REC-8). */
function each<T>(units: readonly T[], log: Logger, work: (unit: T) => void): void {
  for (const unit of units) {
    try {
      work(unit);
    } catch (error) {
      log.warn({ err: describeError(error) }, 'a duty failed for one unit');
    }
  }
}

/** Deadlines that have passed become `timer` events (PIPE-45). */
export function fireTimers({ house, now, log }: Pick<DutiesDeps, 'house' | 'now' | 'log'>): void {
  const at = now();
  each(house.tasks.due(at, 500), log, ({ id, version }) => {
    house.engine.apply({
      kind: 'fact',
      name: 'timer',
      key: `timer:${id}:${version}`,
      at,
      target: { task: id },
      data: {},
    });
  });
}

/** Leases of holders that still work are kept alive; all others run out (SHIP-51, SHIP-54). */
export function beatLeases({ house, leaseTtlMs, now, log }: DutiesDeps, reclaim = true): void {
  const at = now();
  each(house.leases.held(), log, (lease) => {
    if (lease.kind !== 'merge') return;
    // A revert holds it for no task: its job beats nothing and releases it, or the time does.
    const task = lease.holderTask === null ? null : house.tasks.get(lease.holderTask);
    const working =
      task !== null &&
      (task.activity.kind === 'working' ||
        (isWaiting(task.activity) && task.activity.live === true) ||
        task.activity.kind === 'ci');
    if (working) house.leases.heartbeat({ ...lease, ttlMs: leaseTtlMs }, at);
    else if (lease.expiresAt < at && reclaim) house.leases.reclaim(lease, at);
  });
  wakeLeaseWaiters({ house, now, log });
}

/** Whoever waits for a merge lease that nobody holds any more; the backstop of its release (SHIP-53). */
function wakeLeaseWaiters({ house, now, log }: Pick<DutiesDeps, 'house' | 'now' | 'log'>): void {
  const at = now();
  const held = new Set(house.leases.held().flatMap(({ kind, repo }) => (kind === 'merge' ? [repo] : [])));
  const repos = new Set(house.tasks.waiting('lease').map(({ repo }) => repo));
  const frozen = (repo: string) => house.gates.freezes(repo).some(({ scope }) => scope !== 'intake');
  const free = [...repos].filter((repo) => !held.has(repo) && !frozen(repo));
  each(free, log, (repo) => wakeLeaseWaiter({ db: house.db, outbox: house.outbox, at }, repo));
}

/** Questions to Redis that are under way together. */
const ASKED_AT_ONCE = 200;

/** True while a job of the task's present publication is not finished in Redis. */
async function hasDriver({ publisher, project }: DutiesDeps, task: TaskState): Promise<boolean> {
  const steps = remainingSteps(task, project(task.repo));
  const jobs: JobName[] = ['settle-stage', ...steps.map(jobOfStep)];
  const names = ['settle', ...steps];
  for (const [index, name] of names.entries()) {
    const job = jobs[index] ?? 'settle-stage';
    if (await publisher.isLive(CATALOG[job].queue, stepJobId({ ...task, task: task.id }, name))) return true;
  }
  return false;
}

/** Tasks whose present publication has an unfinished job. */
export async function drivenOf(deps: DutiesDeps, tasks: readonly TaskState[]): Promise<ReadonlySet<number>> {
  const driven = new Set<number>(deps.inHand());
  // Who waits for a person or an event has no job.
  const asked = tasks.filter(
    ({ id, activity }) => !driven.has(id) && (!isWaiting(activity) || activity.live),
  );
  for (let at = 0; at < asked.length; at += ASKED_AT_ONCE) {
    const some = asked.slice(at, at + ASKED_AT_ONCE);
    const found = await Promise.all(some.map((task) => hasDriver(deps, task)));
    for (const [index, task] of some.entries()) if (found[index]) driven.add(task.id);
  }
  return driven;
}

export interface RepublishOptions {
  /** Default: that of the settings. */
  graceMs?: number;
  /** Tasks that are left alone for now. */
  except?: ReadonlySet<number>;
  /** Default: the engine. */
  apply?: (event: Event) => void;
}

/** What should be live in Redis is published again, what may go on goes on (REC-70, REC-71, REC-77). */
export async function republish(deps: DutiesDeps, options: RepublishOptions = {}): Promise<number> {
  const { house, now, log } = deps;
  const { graceMs, except = new Set(), apply = (event) => void house.engine.apply(event) } = options;
  const tasks = house.tasks.live().filter(({ id }) => !except.has(id));
  const driven = await drivenOf(deps, tasks);
  // Read after the queue: what was committed meanwhile is still pending here, never missing in both.
  const pending = new Set(house.outbox.due(now(), 10_000).map(({ task }) => task));
  const { events, counters } = reconcile({
    tasks,
    sightOf: (task) => ({
      policy: house.policyOf(task, now()),
      driven: driven.has(task.id),
      pending: pending.has(task.id),
    }),
    graceMs: (task) => graceMs ?? deps.graceMs(task),
    now: now(),
  });
  if (events.length > 0) log.warn({ ...counters }, 'the reconciler found tasks without a driver');
  each(events, log, apply);
  return counters.rebuilt + (await republishSideWork(deps));
}

/** Watches and rollbacks that lost their job; publishing again while one lives changes nothing (SHIP-123, SHIP-151). */
async function republishSideWork({ house, publisher }: DutiesDeps): Promise<number> {
  let rebuilt = 0;
  const again = async (jobId: string, publish: () => Promise<void>) => {
    if (await publisher.isLive('delivery', jobId)) return;
    rebuilt += 1;
    await publish();
  };
  for (const { id, task } of house.deploys.watched()) {
    const payload = { v: 1, task, deploy: id } as const;
    const publish = () => publisher.publish('watch-deploy', payload, { deduplicate: `watch.${id}` });
    await again(`watch.${id}`, publish);
  }
  for (const { id, task, kind, confirmedBy } of house.deploys.open()) {
    if (kind !== 'rollback') continue;
    const deploy = id.replace(/-rollback$/, '');
    const payload = { v: 1, task, deploy, by: confirmedBy } as const;
    const publish = () => publisher.publish('rollback', payload, { deduplicate: `rollback.${deploy}` });
    await again(`rollback.${deploy}`, publish);
  }
  return rebuilt;
}
