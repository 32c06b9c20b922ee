import type { Engine, Outcome } from '../../pipeline/engine.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { Lang } from '../comments/words.ts';
import type { Tracker } from '../port.ts';
import { answerIntake, answerRefusal, isToBeAnswered, type Refusal } from './answers.ts';
import type { Inbound, Reading } from './reading.ts';
import type { PlaneStore } from './store.ts';

/** Results the adapter cannot carry out itself. */
export type ForOthers = Extract<Inbound, { kind: 'wake' | 'blockers' | 'issues-found' | 'deferred' }>;

export interface TakeDeps {
  engine: Pick<Engine, 'apply' | 'start' | 'refuse'>;
  /** One database transaction around all that a reading changes. */
  transaction<T>(work: () => T): T;
  store: PlaneStore;
  trackerFor: (repo: string) => Tracker;
  task: (id: number) => TaskState | null;
  /** Puts the answer to a refused status of a task into the outbox (TRK-4); called inside the transaction. */
  sayIgnored: (task: TaskState, refusal: Refusal) => void;
  lang: Lang;
  now: () => number;
  /** Called after the commit, one by one. */
  other: (result: ForOthers) => void | Promise<void>;
}

/** A task that a reading created, or whose stage or activity it changed. */
export interface Taken {
  task: TaskState;
  /** As it was; null for a new task. */
  before: TaskState | null;
}

/**
 * Carries out what a delivery or a round came to: events, starts and what was observed in one transaction (REC-33).
 * An issue without a task has no outbox: its answer is written first. Null when Plane did not take that answer now;
 * nothing has changed then and the same reading is to be tried again. Only the transaction may throw.
 */
export function createTake(deps: TakeDeps): (reading: Reading) => Promise<readonly Taken[] | null> {
  return async (reading) => {
    for (const result of reading.results) if (!(await answered(deps, result))) return null;
    const taken = deps.transaction(() => {
      const all = reading.results.flatMap((result) => perform(deps, result) ?? []);
      reading.commit();
      return all;
    });
    for (const result of reading.results) if (isForOthers(result)) await deps.other(result);
    return taken;
  };
}

const OTHERS: ReadonlySet<string> = new Set<ForOthers['kind']>([
  'wake',
  'blockers',
  'issues-found',
  'deferred',
]);
const isForOthers = (result: Inbound): result is ForOthers => OTHERS.has(result.kind);

/** False when an answer to an issue without a task has to be tried again. */
async function answered(deps: TakeDeps, result: Inbound): Promise<boolean> {
  const { lang, store, now } = deps;
  if (result.kind === 'intake-refused')
    return (await answerIntake(lang, deps.trackerFor(result.repo), result)).kind !== 'transient';
  if (result.kind !== 'refused' || result.event !== null || !isToBeAnswered(store, result, now()))
    return true;
  // A courtesy: it is not worth holding everything else up.
  await answerRefusal(lang, deps.trackerFor(result.repo), result);
  return true;
}

function perform(deps: TakeDeps, result: Inbound): Taken | null {
  const { engine, now } = deps;
  if (result.kind === 'start') {
    const { created, task } = engine.start(result.request, now(), result.key);
    return created ? { task, before: null } : null;
  }
  if (result.kind === 'refused' && result.event !== null) {
    engine.refuse(result.event, result.reason);
    sayIgnored(deps, deps.task(result.event.target.task), result);
  }
  return result.kind === 'event' ? applyEvent(deps, result) : null;
}

function applyEvent(deps: TakeDeps, result: Extract<Inbound, { kind: 'event' }>): Taken | null {
  const { event, statusName } = result;
  const before = deps.task(event.target.task);
  const outcome: Outcome = deps.engine.apply(event);
  const { task } = outcome;
  if (!outcome.ok && event.kind === 'command') {
    const { reason } = outcome;
    sayIgnored(deps, task, {
      issue: task.issueId ?? '',
      key: event.key,
      statusName: statusName ?? '',
      reason,
    });
  }
  const moved = before?.stage !== task.stage || before.activity.kind !== task.activity.kind;
  return outcome.ok && before !== null && moved ? { task, before } : null;
}

function sayIgnored(
  { store, now, sayIgnored: say }: TakeDeps,
  task: TaskState | null,
  refusal: Refusal,
): void {
  if (task !== null && isToBeAnswered(store, refusal, now())) say(task, refusal);
}
