import type { Actor, CommandEvent } from '../../pipeline/events.ts';
import { checkIntake, completeIntake, type IntakeLimits } from '../../pipeline/intake.ts';
import type { Blockers } from '../../pipeline/ports.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { Lang } from '../comments/words.ts';
import type { Tracker } from '../port.ts';
import { decide, type Meaning, pendingSince } from './decide.ts';
import { humanAnswer, rejectionReason } from './human-words.ts';
import type { PlaneProject } from './project.ts';
import { type Inbound, nothing, type Reading } from './reading.ts';
import type { StatusMap } from './status-map.ts';
import { NO_STATE } from './store.ts';
import type { PlaneIssue } from './wire.ts';

export interface InterpretDeps {
  /** All tasks of an issue, oldest first, ended ones included. */
  tasksOf: (issue: string) => readonly TaskState[];
  intake: IntakeLimits;
  lang: Lang;
  stopEnabled: boolean;
  /** What the relations of an issue say now; null where they are not asked for or cannot be read (REC-104). */
  blockersOf: (seen: Pick<Seen, 'project' | 'tracker' | 'issue'>) => Promise<Blockers | null>;
}

export interface Seen {
  project: PlaneProject;
  tracker: Pick<Tracker, 'listComments' | 'listBlockers'>;
  issue: PlaneIssue;
  /** Texts of the payload; used where the fetched ones are poorer (PLANE-28). */
  payload: { title: string; description: string };
  actor: string | null;
}

const PRIORITY: Readonly<Record<PlaneIssue['priority'], number>> = {
  urgent: 1,
  high: 2,
  medium: 3,
  low: 4,
  none: 5,
};

/** What the present state of a freshly fetched issue means for the engine (PLANE-27 to PLANE-37). */
export async function interpret(deps: InterpretDeps, seen: Seen): Promise<Reading> {
  const { project, issue } = seen;
  const { store, now } = project;
  const { state } = issue;
  if (state === null) return nothing();
  const map = await project.states.knowing(state);
  if (map.kind !== 'ok')
    return nothing({ kind: 'deferred', repo: project.repo, issue: issue.id, reason: map.reason });
  // A state we cannot look up yet may be a command: it is not recorded as seen.
  if (map.value.state(state) === null)
    return nothing({ kind: 'deferred', repo: project.repo, issue: issue.id, reason: 'unknown state' });
  const row = store.issueState(issue.id) ?? NO_STATE;
  // Read before something we know already, a write of ours as a rule: it says nothing new.
  if (issue.updatedAt < row.seenAt) return nothing({ kind: 'inert', reason: 'duplicate' });
  const tasks = deps.tasksOf(issue.id);
  // An issue we created ourselves shows its first state: nobody set it.
  const born = issue.ours && row.known === null && tasks.length === 0;
  const updatedAt = project.clock.ours(issue.updatedAt);
  const meaning: Meaning = born
    ? { kind: 'inert', reason: 'own_echo' }
    : decide({ state, updatedAt, row, map: map.value, tasks, stopEnabled: deps.stopEnabled });
  const results = await resultsOf(deps, seen, { meaning, map: map.value, state, tasks });
  return {
    results,
    commit: () => {
      const before = store.issueState(issue.id) ?? NO_STATE;
      // A write of ours that was made meanwhile is newer than what we saw.
      if (before.known !== row.known || issue.updatedAt < before.seenAt) return;
      const own = before.pending.includes(state) || (before.known === state && before.own) || born;
      store.putIssueState(issue.id, { ...before, known: state, own, seenAt: issue.updatedAt }, now());
    },
  };
}

interface Meant {
  meaning: Meaning;
  map: StatusMap;
  state: string;
  tasks: readonly TaskState[];
}

async function resultsOf(deps: InterpretDeps, seen: Seen, meant: Meant): Promise<Inbound[]> {
  const { project, issue } = seen;
  const { meaning, map, state } = meant;
  const base = { repo: project.repo, issue: issue.id };
  const statusName = map.state(state)?.name ?? state;
  // The same change found twice, by webhook and by polling, has one name.
  const key = `plane:${issue.id}:${state}:${issue.updatedAt}`;
  switch (meaning.kind) {
    case 'inert':
      return [meaning];
    case 'none':
      return wakes(base, meant.tasks, statusName);
    case 'refused':
      return [refused(seen, meaning, { ...base, key, statusName })];
    case 'start':
      return [await start(deps, seen, key)];
    case 'command':
      return [
        {
          kind: 'event',
          event: await commandEvent(deps, seen, { meaning, key, tasks: meant.tasks }),
          statusName,
        },
      ];
    default:
      return meaning satisfies never;
  }
}

function refused(
  seen: Seen,
  { reason, command }: Extract<Meaning, { kind: 'refused' }>,
  base: { repo: string; issue: string; key: string; statusName: string },
): Inbound {
  const at = seen.project.now();
  const event: CommandEvent | null =
    command === null ? null : { kind: 'command', ...command, key: base.key, at, actor: actorOf(seen) };
  return { kind: 'refused', ...base, reason, event, at };
}

const wakes = (
  base: { repo: string; issue: string },
  tasks: readonly TaskState[],
  statusName: string | null,
): Inbound[] =>
  tasks
    .filter((task) => task.activity.kind !== 'ended')
    .map((task) => ({ kind: 'wake', task: task.id, ...base, statusName }));

/** A start with what stands before it, so that the first stage waits for it already (PIPE-25). */
export async function start(deps: InterpretDeps, seen: Seen, key: string): Promise<Inbound> {
  const { project, issue, payload } = seen;
  const text = completeIntake(payload, issue);
  const problems = checkIntake(text, deps.intake);
  if (problems.length > 0)
    return { kind: 'intake-refused', repo: project.repo, issue: issue.id, key, problems };
  if (issue.seq === null) project.log.warn({ issue: issue.id }, 'tracker did not say the number of an issue');
  const blockers = await deps.blockersOf(seen);
  return {
    kind: 'start',
    key,
    request: {
      repo: project.repo,
      prefix: project.prefix,
      ...text,
      issueId: issue.id,
      seq: issue.seq,
      createdBy: actorOf(seen),
      originChat: null,
      priority: PRIORITY[issue.priority],
      ...(blockers === null ? {} : { blockers }),
    },
  };
}

/** Whoever may change the state in Plane may command (PLANE-33). */
function actorOf({ actor, issue }: Seen): Actor {
  const id = actor ?? issue.updatedBy ?? 'plane';
  return { surface: 'tracker', id, name: id, role: 'operator' };
}

async function commandEvent(
  deps: InterpretDeps,
  seen: Seen,
  {
    meaning,
    key,
    tasks,
  }: { meaning: Extract<Meaning, { kind: 'command' }>; key: string; tasks: readonly TaskState[] },
): Promise<CommandEvent> {
  const task = tasks.find(({ id }) => id === meaning.target.task);
  const text = task === undefined ? '' : await textOf(deps, seen, { name: meaning.name, task });
  const { name, target } = meaning;
  const at = seen.project.now();
  return { kind: 'command', name, target, key, at, actor: actorOf(seen), ...(text === '' ? {} : { text }) };
}

async function textOf(
  { lang }: InterpretDeps,
  { project, tracker, issue }: Seen,
  { name, task }: { name: CommandEvent['name']; task: TaskState },
): Promise<string> {
  const since = project.clock.theirs(pendingSince(task));
  if (name === 'reject') return rejectionReason(tracker, issue.id, { since, lang });
  return name === 'relaunch' ? humanAnswer(tracker, issue.id, since) : '';
}
