import { describeError } from '../errors.ts';
import type { FactData } from '../pipeline/events.ts';
import { unknownIn } from '../pipeline/known.ts';
import type { TaskState } from '../pipeline/task.ts';
import type { Parts } from './parts.ts';

type Why = NonNullable<FactData['wake']['block']>;

/** Set by `orchestrator restore`, until every task was compared with the forge (REC-163). */
export const RESTORED = 'restored-at';

function block({ house, place }: Pick<Parts, 'house' | 'place'>, task: TaskState, why: Why): void {
  place.log.warn({ taskId: task.id, ...why }, 'a task waits for a person');
  house.engine.apply({
    kind: 'fact',
    name: 'wake',
    key: `${why.cause}:${task.id}:${task.version}`,
    at: place.now(),
    target: { task: task.id },
    data: { block: why },
  });
}

/** Rows with values this program does not know wait for a person; the start goes on (REC-173). */
export function blockUnknown(parts: Pick<Parts, 'house' | 'place'>): number {
  let n = 0;
  for (const task of parts.house.tasks.live()) {
    const what = unknownIn(task);
    if (what === null) continue;
    n += 1;
    const reason = `the database holds ${what}, which this version does not know`;
    block(parts, task, { cause: 'unknown-state', reason });
  }
  return n;
}

export type RestoredDeps = Pick<Parts, 'house' | 'place' | 'project' | 'rooms'>;

/**
 * After a restore: a task whose branch or pull request has moved on since the backup waits for a person, so that nothing is
 * merged or deployed a second time (REC-163). Doubt counts as moved. Nothing else runs yet.
 */
export async function compareRestored(parts: RestoredDeps): Promise<void> {
  const { house, place } = parts;
  if (house.chat.memo(RESTORED) === null) return;
  for (const task of house.tasks.live()) {
    const reason = await differenceOf(parts, task).catch(
      (error: unknown) => `it could not be compared with the forge: ${describeError(error)}`,
    );
    if (reason !== null) block(parts, task, { cause: 'restored', reason });
  }
  house.chat.dropMemo(RESTORED);
  place.log.info('the restored tasks were compared with the forge');
}

async function differenceOf({ project, rooms }: RestoredDeps, task: TaskState): Promise<string | null> {
  if (!task.prepared) return null;
  const entry = project(task.repo);
  const { mirror } = rooms.workspace.open(entry);
  await mirror.fetch();
  const head = await mirror.head(task.branch);
  const known = [task.headSha, task.startSha, task.testedSha];
  if (head === null) return `its branch ${task.branch} is gone`;
  if (!known.includes(head))
    return `its branch is at ${head.slice(0, 7)}, the backup knows ${short(task.headSha)}`;
  if (task.prNumber === null) return null;
  const pull = await rooms.forgeFor(entry).getPr(task.prNumber);
  if (pull.kind !== 'ok') return 'its pull request could not be read';
  if (pull.value.state === 'merged' && task.landedSha === null)
    return `pull request #${task.prNumber} was merged after the backup`;
  return null;
}

const short = (sha: string | null): string => sha?.slice(0, 7) ?? 'no commit';
