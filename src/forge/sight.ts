/**
 * What the forge shows of a waiting task against what we recorded of it (FORGE-53, FORGE-57): the same facts whether
 * a webhook made us look or the reconciler did.
 */
import type { FactData } from '../pipeline/events.ts';
import type { TaskState } from '../pipeline/task.ts';
import { isWaiting, type WaitingKind } from '../pipeline/waiting.ts';
import type { CiState, ForgeRead, PullRequest } from './port.ts';

/** Absent: not looked at, or not known; nothing follows from it (FORGE-105). */
export interface Sight {
  /** Head of the task's branch; null when the branch is gone. */
  head?: string | null;
  /** Head of main. */
  main?: string | null;
  pull?: Pick<PullRequest, 'number' | 'state'>;
  ci?: ForgeRead<CiState>;
}

export type ForgeFact = {
  [F in 'push' | 'pr-changed' | 'ci-changed']: { name: F; data: FactData[F] };
}['push' | 'pr-changed' | 'ci-changed'];

type Watched = Pick<
  TaskState,
  'activity' | 'branch' | 'startSha' | 'headSha' | 'testedSha' | 'baseSha' | 'landedSha' | 'prNumber'
>;

/** Waits in which nothing of ours moves the branch, and something may follow from what the forge shows. */
const WATCHED: ReadonlySet<WaitingKind> = new Set(['ci', 'pr-review', 'confirm']);
const READS_CI: ReadonlySet<WaitingKind> = new Set(['ci']);
const READS_PULL: ReadonlySet<WaitingKind> = new Set(['pr-review', 'ci']);

const waitsFor = (task: Watched, kinds: ReadonlySet<WaitingKind>): boolean =>
  isWaiting(task.activity) && kinds.has(task.activity.kind);

/** Whether looking at the forge can tell this task anything (REC-75). */
export const isWatched = (task: Watched): boolean => waitsFor(task, WATCHED);
/** The commit whose CI the task waits for; null when it waits for none. */
export function awaitedCi(task: Watched): string | null {
  if (!waitsFor(task, READS_CI) || !isWaiting(task.activity)) return null;
  const { sha } = task.activity.facts;
  return typeof sha === 'string' && sha !== '' ? sha : task.headSha;
}
/** The pull request whose change would wake the task; null for none. */
export const awaitedPull = (task: Watched): number | null =>
  waitsFor(task, READS_PULL) ? task.prNumber : null;

/** Commits that are where the engine itself put them (FORGE-53). */
const ours = ({ headSha, startSha, testedSha, landedSha }: Watched): ReadonlySet<string | null> =>
  new Set([headSha ?? startSha, testedSha, landedSha].filter((sha) => sha !== null));

/** The facts to report, in the order push, pull request, CI; none when all is as recorded. */
export function factsOf(task: Watched, sight: Sight): ForgeFact[] {
  if (!isWatched(task)) return [];
  return [...pushes(task, sight), ...pulls(task, sight), ...checks(task, sight)];
}

/** The push somebody made to the task's branch, unless the engine's own commit is there; null: it was deleted. */
export function foreignPush(task: Watched, head: string | null): ForgeFact[] {
  const { branch } = task;
  if (ours(task).has(head)) return [];
  return [{ name: 'push', data: { branch, sha: head, main: false, foreign: true } }];
}

function pushes(task: Watched, { head, main }: Sight): ForgeFact[] {
  const { branch, baseSha, landedSha, activity } = task;
  const facts: ForgeFact[] = [];
  const waitsForCi = waitsFor(task, READS_CI);
  const { sha } = isWaiting(activity) ? activity.facts : {};
  // A rebased commit is recorded with the gate's verdict only; while it waits for CI, the wait names it.
  const known = head === undefined || (waitsForCi && head !== null && head === sha);
  if (!known) facts.push(...foreignPush(task, head));
  const moved = typeof main === 'string' && main !== baseSha && main !== landedSha;
  if (moved && activity.kind === 'confirm')
    facts.push({ name: 'push', data: { branch, sha: main, main: true, foreign: false } });
  return facts;
}

function pulls(task: Watched, { pull }: Sight): ForgeFact[] {
  const changed =
    pull !== undefined && (pull.state !== 'open' || task.activity.kind === 'pr-review') && awaitedPull(task);
  if (!pull || !changed) return [];
  const merged = pull.state === 'merged';
  return [{ name: 'pr-changed', data: { number: pull.number, merged, closed: pull.state !== 'open' } }];
}

function checks(task: Watched, { ci }: Sight): ForgeFact[] {
  const sha = awaitedCi(task);
  if (sha === null || ci === undefined) return [];
  const said = ci.kind === 'ok' ? ci.value.state !== 'pending' : ci.kind === 'not_found';
  return said || silenceEnded(task, ci) ? [{ name: 'ci-changed', data: { sha } }] : [];
}

/** CI without a status is given up sooner: the gate must hear when it begins, and while the forge cannot tell. */
function silenceEnded({ activity }: Watched, ci: ForgeRead<CiState>): boolean {
  const isSilent = ci.kind === 'ok' && ci.value.total === 0;
  return isWaiting(activity) && (activity.facts.total === 0) !== isSilent;
}
