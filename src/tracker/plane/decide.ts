import type { CommandEvent, RejectReason, Target, TaskCommand } from '../../pipeline/events.ts';
import { isTerminal } from '../../pipeline/stages.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { shownSha } from '../../pipeline/transition.ts';
import { isWaiting } from '../../pipeline/waiting.ts';
import type { StatusMap } from './status-map.ts';
import type { ControlKey } from './status-names.ts';
import type { IssueStateRow } from './store.ts';

/** What an observed state of an issue means (PLANE-27 to PLANE-31). */
export type Meaning =
  | { kind: 'inert'; reason: 'own_echo' | 'duplicate' }
  | { kind: 'start' }
  | { kind: 'command'; name: TaskCommand; target: Target }
  /** Refused before the engine is asked; the engine refuses everything else itself. */
  | { kind: 'refused'; reason: RejectReason; command: { name: TaskCommand; target: Target } | null }
  | { kind: 'none' };

export interface Observation {
  /** State id the issue has now, and when it was last changed (our clock, epoch ms). */
  state: string;
  updatedAt: number;
  row: IssueStateRow;
  map: StatusMap;
  /** All tasks of the issue, oldest first. */
  tasks: readonly TaskState[];
  /** `ORCH_STOP_STATUS_ENABLED`. */
  stopEnabled: boolean;
}

const COMMANDS: Readonly<Record<Exclude<ControlKey, 'stop'>, CommandEvent['name']>> = {
  to_analyse: 'relaunch',
  approved: 'approve',
  rejected: 'reject',
  confirm_deploy: 'confirm-deploy',
};

/** Refusals where there is no task that could refuse. */
const WITHOUT_TASK: Readonly<Record<Exclude<ControlKey, 'stop' | 'to_analyse'>, RejectReason>> = {
  approved: 'nothing_to_approve',
  rejected: 'not_rejectable_now',
  confirm_deploy: 'nothing_to_confirm',
};

/** A person needs at least this long to read what a deploy confirmation asks (PLANE-31). */
const LEAST_READING_MS = 10_000;

/** Own echo and duplicate are told before anything is interpreted (PLANE-27, PLANE-29). */
export function echoOf(state: string, row: IssueStateRow): 'own_echo' | 'duplicate' | null {
  if (row.pending.includes(state)) return 'own_echo';
  if (row.known !== state) return null;
  return row.own ? 'own_echo' : 'duplicate';
}

/** The one decision over a status change; rows of PLANE-30 in order. */
export function decide(seen: Observation): Meaning {
  const echo = echoOf(seen.state, seen.row);
  if (echo !== null) return { kind: 'inert', reason: echo };
  const task = currentTask(seen.tasks);
  const key = seen.map.commandOf(seen.state);
  const stops = key === 'stop' || (key === null && seen.map.groupOf(seen.state) === 'cancelled');
  if (stops) {
    if (task === null || isTerminal(task.stage) || !seen.stopEnabled) return { kind: 'none' };
    return { kind: 'command', name: 'stop', target: { task: task.id } };
  }
  if (key === null) return { kind: 'none' };
  if (task === null)
    return key === 'to_analyse'
      ? { kind: 'start' }
      : { kind: 'refused', reason: WITHOUT_TASK[key], command: null };
  const command = { name: COMMANDS[key], target: targetOf(task, key) };
  if (isStale(seen, task, key)) return { kind: 'refused', reason: 'stale_attempt', command };
  return { kind: 'command', ...command };
}

/** The task a command is for: the live one, else the finished one; cancelled ones do not count. */
export function currentTask(tasks: readonly TaskState[]): TaskState | null {
  return (
    tasks.find((task) => !isTerminal(task.stage)) ?? tasks.findLast((task) => task.stage === 'done') ?? null
  );
}

/** When the pending request was opened, or the stage entered (PLANE-31). */
export const pendingSince = (task: TaskState): number =>
  isWaiting(task.activity) ? task.activity.since : task.stageSince;

function isStale({ updatedAt }: Observation, task: TaskState, key: ControlKey): boolean {
  if (isTerminal(task.stage)) return false;
  const since = pendingSince(task);
  if (updatedAt < since) return true;
  return key === 'confirm_deploy' && task.activity.kind === 'confirm' && updatedAt - since < LEAST_READING_MS;
}

/** The request it answers, by what it shows: stage and attempt, and the commit where one is decided about. */
function targetOf(task: TaskState, key: ControlKey): Target {
  const { id, stage, attempt } = task;
  const sha = key === 'approved' || key === 'confirm_deploy' ? shownSha(task) : null;
  return { task: id, stage, attempt, ...(sha === null ? {} : { sha }) };
}
