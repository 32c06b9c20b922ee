import { COMMANDS } from './commands.ts';
import type { CommandEvent, Event, FactEvent, TaskCommand } from './events.ts';
import { FACTS } from './facts.ts';
import { asKnown, unknownIn } from './known.ts';
import { emit, type Move, patch, type Refusal, refuse } from './move.ts';
import type { Policy } from './policy.ts';
import type { Decision } from './ports.ts';
import { isTerminal } from './stages.ts';
import { statusOf } from './status.ts';
import { endDeferredStop } from './stop.ts';
import type { TaskState } from './task.ts';
import type { WaitingKind } from './waiting.ts';
import { watched } from './watch.ts';

/** Commands that count once per (stage, attempt, sha); a repeat is `duplicate` (PIPE-15). */
const ONCE: ReadonlySet<TaskCommand> = new Set([
  'approve',
  'reject',
  'confirm-deploy',
  'answer',
  'retry',
  'fix',
]);
const REMEMBERED = 30;

/** Commands that decide about a commit, and the wait in which one was shown. */
const SHOWN: Partial<Record<TaskCommand, WaitingKind>> = {
  approve: 'approval',
  'confirm-deploy': 'confirm',
};

/**
 * The one decision function (PIPE-1, PIPE-2): no I/O, no clock, no randomness, no exception. The same
 * task, event and policy give the same task and effects, or a reason why nothing changes.
 */
export function transition(stored: TaskState, event: Event, policy: Policy): Decision {
  // What a newer program has written is only ever put before a person (REC-173).
  const task = unknownIn(stored) === null ? stored : asKnown(stored);
  const move: Move = { task, effects: [], at: event.at, policy };
  const refusal = event.kind === 'command' ? command(move, event) : fact(move, event);
  if (refusal) return { ok: false, ...refusal };
  return seal(task, move);
}

function command(move: Move, event: CommandEvent): Refusal | undefined {
  const once = onceKey(move.task, event);
  if (once !== null && move.task.accepted.some((key) => key.startsWith(once)))
    return refuse('duplicate', 'Already done.');
  if (isTerminal(move.task.stage)) return refuse('terminal', `The task is already ${move.task.stage}.`);
  const stale = staleTarget(move.task, event) ?? staleSha(move.task, event);
  if (stale) return stale;
  const shown = shownSha(move.task) ?? '';
  const refusal = COMMANDS[event.name](move, event);
  if (refusal === undefined && once !== null) {
    const sha = shown.slice(event.target.sha?.length ?? 0);
    patch(move, { accepted: [...move.task.accepted, once + sha].slice(-REMEMBERED) });
  }
  return refusal;
}

/** Ends in what the event says of the commit, so that a shorter or missing SHA finds the key of the full one. */
function onceKey(task: TaskState, { name, target }: CommandEvent): string | null {
  if (!ONCE.has(name)) return null;
  const stage = target.stage ?? task.stage;
  const attempt = target.attempt ?? task.attempt;
  return `${name}.${stage}.${attempt}.${target.sha ?? ''}`;
}

function staleTarget(task: TaskState, { target }: Event): Refusal | undefined {
  if (target.stage !== undefined && target.stage !== task.stage) {
    return refuse('stale_stage', `This belongs to ${target.stage}; the task is at ${task.stage}.`);
  }
  if (target.attempt !== undefined && target.attempt !== task.attempt) {
    return refuse(
      'stale_attempt',
      `This belongs to attempt ${target.attempt}; the task is on attempt ${task.attempt}.`,
    );
  }
  return undefined;
}

/** The commit a person decides about at this moment. */
export function shownSha(task: TaskState): string | null {
  return task.activity.kind === 'confirm' ? (task.testedSha ?? task.headSha) : task.headSha;
}

function staleSha(task: TaskState, event: CommandEvent): Refusal | undefined {
  const shown = event.target.sha;
  const current = shownSha(task);
  if (shown === undefined || SHOWN[event.name] !== task.activity.kind) return undefined;
  if (current !== null && shown.length >= 7 && current.startsWith(shown)) return undefined;
  return refuse(
    'stale_sha',
    `The commit changed: ${shown.slice(0, 7)} → ${(current ?? 'none').slice(0, 7)}.`,
  );
}

function fact(move: Move, event: FactEvent): Refusal | undefined {
  if (event.name === 'watch-result') return watched(move, event.data);
  if (event.name === 'tracker-changed' && event.data.issueId !== undefined)
    return linkIssue(move, event.data.issueId);
  const { task } = move;
  if (isTerminal(task.stage)) return refuse('terminal', `The task is already ${task.stage}.`);
  const stale = staleTarget(task, event);
  if (stale) return stale;
  if (event.target.fence !== undefined && event.target.fence !== task.fence) {
    return refuse(
      'stale_attempt',
      `This result belongs to fence ${event.target.fence}; the task is at ${task.fence}.`,
    );
  }
  // The table is a mapped type over the same union, which TypeScript cannot follow through the index.
  const handler = FACTS[event.name] as (move: Move, data: unknown) => Refusal | undefined;
  const refusal = handler(move, event.data);
  if (refusal === undefined) endDeferredStop(move);
  return refusal;
}

/** The issue of a task that began without one; also of a task that has ended meanwhile (PLANE-12). */
function linkIssue(move: Move, issueId: string): Refusal | undefined {
  if (move.task.issueId !== null) return refuse('duplicate', 'The task has an issue already.');
  patch(move, { issueId });
  return undefined;
}

/** Version, projections: every accepted event refreshes the card and, where it differs, the tracker status (PIPE-6). */
function seal(before: TaskState, move: Move): Decision {
  patch(move, { version: before.version + 1, updatedAt: move.at });
  const status = statusOf(move.task);
  if (status !== null && status !== statusOf(before)) emit(move, { kind: 'set-status', status });
  emit(move, { kind: 'refresh-card' });
  return { ok: true, task: move.task, effects: move.effects };
}
