import { AppError } from '../errors.ts';
import type { CommandEvent, Event, Instant, RejectReason } from './events.ts';
import type { Decision, EngineStore, LogEntry, StartRequest } from './ports.ts';
import type { TaskState } from './task.ts';
import { transition } from './transition.ts';

/** A decision together with the task as it is now. */
export type Outcome = Decision & { task: TaskState };

export interface Engine {
  /**
   * Decides about one event and commits the decision (PIPE-1, PIPE-3). Never throws for a refused
   * event; a refusal is logged and returned with its reason.
   * @throws AppError `unknown-task` when the task does not exist.
   */
  apply(event: Event): Outcome;
  /** Records a command that its surface refused: one decision-log row, no other effect (PIPE-4). */
  refuse(event: CommandEvent, reason: RejectReason): void;
  /** Creates a task in `analysis`, or returns the live one of the same tracker issue (PIPE-22). */
  start(request: StartRequest, at: Instant, key: string): { created: boolean; task: TaskState };
}

export interface EngineDeps {
  store: EngineStore;
  /** Called after every commit: wakes the dispatcher. Must not throw. */
  committed: () => void;
  /** Told of every accepted event after its commit, for the metrics. Must not throw. */
  decided?: (before: TaskState, after: TaskState, at: Instant) => void;
}

const MAX_RACES = 20;

const place = ({ stage, attempt, activity }: TaskState): string => `${stage}#${attempt} ${activity.kind}`;

function entryOf(event: Event, before: TaskState, decision: Decision): LogEntry {
  const base = { task: before.id, event, at: event.at, from: place(before) };
  if (decision.ok) return { ...base, accepted: true, to: place(decision.task), reason: null, message: '' };
  return { ...base, accepted: false, to: place(before), reason: decision.reason, message: decision.message };
}

/** The spine: load → transition → commit → nudge the dispatcher. */
export function createEngine({ store, committed, decided }: EngineDeps): Engine {
  function decide(told: Event): (Outcome & { before: TaskState }) | null {
    const event = store.complete(told);
    const before = store.load(event.target.task);
    if (before === null) {
      throw new AppError('unknown-task', `There is no task ${event.target.task}.`, { fault: 'user' });
    }
    const decision: Decision = store.accepted(event.key)
      ? { ok: false, reason: 'duplicate', message: 'Already recorded.' }
      : transition(before, event, store.policyOf(before, event.at));
    const entry = entryOf(event, before, decision);
    if (!decision.ok) {
      store.refuse(entry);
      return { ...decision, task: before, before };
    }
    const won = store.commit({ previous: before, next: decision.task, entry, effects: decision.effects });
    return won ? { ...decision, before } : null;
  }

  return {
    apply(event) {
      for (let race = 0; race < MAX_RACES; race += 1) {
        const made = store.transaction(() => decide(event));
        if (made === null) continue;
        const { before, ...outcome } = made;
        if (outcome.ok) committed();
        if (outcome.ok) decided?.(before, outcome.task, event.at);
        return outcome;
      }
      throw new AppError(
        'contended-task',
        `Task ${event.target.task} changed ${MAX_RACES} times while one event was decided.`,
        {
          retry: true,
        },
      );
    },

    refuse(event, reason) {
      const before = store.load(event.target.task);
      if (before === null) return;
      store.refuse(entryOf(event, before, { ok: false, reason, message: 'Refused where it was given.' }));
    },

    start(request, at, key) {
      const result = store.transaction(() => {
        const known = request.issueId === null ? null : store.byIssue(request.issueId);
        const existing = known ?? store.startedBy(key);
        if (existing) return { created: false, task: existing };
        const draft = store.allocate(request, at);
        const event: CommandEvent = {
          kind: 'command',
          name: 'start',
          key,
          at,
          actor: request.createdBy,
          target: { task: draft.id },
          ...(request.createIssue ? { args: { createIssue: request.createIssue } } : {}),
        };
        const decision = transition(draft, event, store.policyOf(draft, at));
        if (!decision.ok) throw new AppError('start-refused', decision.message, { fault: 'user' });
        const entry = entryOf(event, draft, decision);
        store.commit({ previous: draft, next: decision.task, entry, effects: decision.effects });
        return { created: true, task: decision.task };
      });
      committed();
      return result;
    },
  };
}
