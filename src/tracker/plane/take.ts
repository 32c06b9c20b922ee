import type { Engine, Outcome } from '../../pipeline/engine.ts';
import type { Lang } from '../comments/words.ts';
import type { Tracker } from '../port.ts';
import { answerIntake, answerRefusal, type Refusal } from './answers.ts';
import type { Inbound, Reading } from './reading.ts';
import type { PlaneStore } from './store.ts';

/** Results the adapter cannot carry out itself. */
export type ForOthers = Extract<Inbound, { kind: 'wake' | 'blockers' | 'issues-found' | 'deferred' }>;

export interface TakeDeps {
  engine: Pick<Engine, 'apply' | 'start'>;
  /** One database transaction around all that a reading changes. */
  transaction<T>(work: () => T): T;
  store: PlaneStore;
  trackerFor: (repo: string) => Tracker;
  lang: Lang;
  now: () => number;
  /** Called after the commit, one by one. */
  other: (result: ForOthers) => void | Promise<void>;
}

/**
 * Carries out what a delivery or a round came to: events, starts and what was observed in one transaction
 * (REC-33), then the answers on the board. Only the transaction may throw; nothing has changed then.
 */
export function createTake(deps: TakeDeps): (reading: Reading) => Promise<void> {
  const { engine, now } = deps;
  const perform = (result: Inbound): Outcome | null => {
    if (result.kind === 'start') engine.start(result.request, now(), result.key);
    return result.kind === 'event' ? engine.apply(result.event) : null;
  };
  return async (reading) => {
    const done = deps.transaction(() => {
      const outcomes = reading.results.map((result) => ({ result, outcome: perform(result) }));
      reading.commit();
      return outcomes;
    });
    for (const { result, outcome } of done) await answer(deps, result, outcome);
  };
}

async function answer(deps: TakeDeps, result: Inbound, outcome: Outcome | null): Promise<void> {
  switch (result.kind) {
    case 'start':
    case 'inert':
      return;
    case 'event': {
      if (outcome === null || outcome.ok || result.event.kind !== 'command') return;
      const { repo, issueId } = outcome.task;
      const { reason } = outcome;
      const refusal = {
        issue: issueId ?? '',
        key: result.event.key,
        statusName: result.statusName ?? '',
        reason,
      };
      return say(deps, repo, refusal);
    }
    case 'refused':
      return say(deps, result.repo, result);
    case 'intake-refused':
      await answerIntake(deps.lang, deps.trackerFor(result.repo), result);
      return;
    default:
      return deps.other(result);
  }
}

async function say(deps: TakeDeps, repo: string, refusal: Refusal): Promise<void> {
  await answerRefusal(deps, deps.trackerFor(repo), refusal);
}
