import { isTerminal } from '../../pipeline/stages.ts';
import type { Tracker, TrackerRead } from '../port.ts';
import { currentTask, echoOf } from './decide.ts';
import type { InterpretDeps, Seen } from './interpret.ts';
import { interpret } from './interpret.ts';
import type { PlaneProject } from './project.ts';
import type { Inbound, Reading } from './reading.ts';
import type { StatusMap } from './status-map.ts';
import { NO_STATE } from './store.ts';
import type { PlaneIssue } from './wire.ts';

/** Counters of one round (REC-79). */
export interface PollCounters {
  listed: number;
  deduped_total: number;
  skipped_terminal_total: number;
  /** Commands and starts that webhooks had not brought. */
  unblocked_total: number;
}

export type PollResult =
  | { ok: true; reading: Reading; counters: PollCounters }
  | { ok: false; reason: string };

/** Changes up to this long before the watermark are looked at again (PLANE-65). */
const OVERLAP_MS = 300_000;

const watermarkKey = (project: PlaneProject): string => `plane.watermark.${project.repo}.${project.id}`;

export interface PollDeps extends InterpretDeps {
  project: PlaneProject;
  tracker: Pick<Tracker, 'listComments' | 'listBlockers'>;
}

/** One round over one project (PLANE-65 to PLANE-68). Nothing is recorded before `commit`. */
export async function pollProject(deps: PollDeps): Promise<PollResult> {
  const { project } = deps;
  const stored = project.store.value(watermarkKey(project));
  const watermark = stored === null ? null : Number(stored);
  const since = watermark === null ? -1 : watermark - OVERLAP_MS;
  const [listed, map] = [await project.changed(since, 'poll'), await project.states.get()];
  if (listed.kind !== 'ok') return failed(listed);
  if (map.kind !== 'ok') return failed(map);
  const issues = listed.value.filter((issue) => !issue.archived).reverse();
  const newest = Math.max(watermark ?? 0, ...listed.value.map((issue) => issue.updatedAt));
  const remember = () => project.store.putValue(watermarkKey(project), String(newest));
  if (watermark === null) return firstRound(deps, { issues, map: map.value, remember });
  return laterRound(deps, { issues, map: map.value, remember });
}

const failed = (read: Exclude<TrackerRead<never>, { kind: 'ok' }>): PollResult => ({
  ok: false,
  reason: read.reason,
});

interface Round {
  issues: readonly PlaneIssue[];
  map: StatusMap;
  remember: () => void;
}

const counters = (listed: number): PollCounters => ({
  listed,
  deduped_total: 0,
  skipped_terminal_total: 0,
  unblocked_total: 0,
});

/** Records what is there and starts nothing (PLANE-68). */
function firstRound({ project, tasksOf }: PollDeps, { issues, map, remember }: Round): PollResult {
  const waiting = issues.filter(
    ({ id, state }) =>
      state !== null && map.commandOf(state) === 'to_analyse' && currentTask(tasksOf(id)) === null,
  );
  const found = waiting.map(({ id, title, seq }) => ({ id, title, seq }));
  const results: Inbound[] =
    found.length === 0 ? [] : [{ kind: 'issues-found', repo: project.repo, issues: found }];
  const commit = () => {
    for (const issue of issues) if (issue.state !== null) record(project, issue);
    remember();
  };
  return { ok: true, reading: { results, commit }, counters: counters(issues.length) };
}

/** A state that we knew already stays ours or a person's; a new one is a person's. */
function record(project: PlaneProject, issue: PlaneIssue): void {
  const before = project.store.issueState(issue.id) ?? NO_STATE;
  if (issue.updatedAt < before.seenAt) return;
  const own = issue.state !== null && echoOf(issue.state, before) === 'own_echo';
  project.store.putIssueState(
    issue.id,
    { ...before, known: issue.state, own, seenAt: issue.updatedAt },
    project.now(),
  );
}

async function laterRound(deps: PollDeps, round: Round): Promise<PollResult> {
  const count = counters(round.issues.length);
  const readings: Reading[] = [];
  for (const issue of round.issues) {
    const reading = await look(deps, { issue, map: round.map, count });
    if (reading === null) continue;
    const deferred = reading.results.find((result) => result.kind === 'deferred');
    if (deferred) return { ok: false, reason: deferred.reason };
    readings.push(reading);
  }
  const results = readings.flatMap((reading) => reading.results);
  count.unblocked_total = results.filter(({ kind }) => kind === 'event' || kind === 'start').length;
  const commit = () => {
    for (const reading of readings) reading.commit();
    round.remember();
  };
  return { ok: true, reading: { results, commit }, counters: count };
}

interface Look {
  issue: PlaneIssue;
  map: StatusMap;
  count: PollCounters;
}

/** Null when the issue is as we know it. */
async function look(deps: PollDeps, { issue, map, count }: Look): Promise<Reading | null> {
  const { project, tracker } = deps;
  const row = project.store.issueState(issue.id) ?? NO_STATE;
  // Older than a write of ours that was made since the list was read.
  if (issue.state === null || issue.updatedAt < row.seenAt) return null;
  const task = currentTask(deps.tasksOf(issue.id));
  const live = task !== null && !isTerminal(task.stage);
  if (echoOf(issue.state, row) !== null) {
    if (row.seenAt === issue.updatedAt || !live) {
      count.deduped_total += 1;
      return row.seenAt === issue.updatedAt ? null : { results: [], commit: () => record(project, issue) };
    }
    const wake = {
      kind: 'wake',
      task: task.id,
      repo: project.repo,
      issue: issue.id,
      statusName: null,
    } as const;
    return { results: [wake], commit: () => record(project, issue) };
  }
  if (await isUnknown(project, issue.state)) return null;
  const group = map.groupOf(issue.state);
  const ended = group === 'completed' || group === 'cancelled';
  if (ended && map.commandOf(issue.state) === null && !live) {
    count.skipped_terminal_total += 1;
    return { results: [], commit: () => record(project, issue) };
  }
  return fetchAndInterpret(deps, { project, tracker, issue });
}

/** A state that Plane does not list (yet): looked at again while the overlap lasts, never a failed round. */
async function isUnknown(project: PlaneProject, state: string): Promise<boolean> {
  const read = await project.states.knowing(state);
  return read.kind === 'ok' && read.value.state(state) === null;
}

async function fetchAndInterpret(
  deps: PollDeps,
  { project, tracker, issue }: Pick<Seen, 'project' | 'tracker' | 'issue'>,
): Promise<Reading> {
  const read = await project.issue(issue.id);
  if (read.kind === 'not_found') return { results: [], commit: () => undefined };
  if (read.kind !== 'ok') {
    const result = { kind: 'deferred', repo: project.repo, issue: issue.id, reason: read.reason } as const;
    return { results: [result], commit: () => undefined };
  }
  const { title, description } = issue;
  return interpret(deps, {
    project,
    tracker,
    issue: read.value,
    payload: { title, description },
    actor: null,
  });
}
