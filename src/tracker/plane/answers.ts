import type { RejectReason } from '../../pipeline/events.ts';
import type { IntakeProblem } from '../../pipeline/intake.ts';
import { renderIntakeComment } from '../comments/intake.ts';
import { renderComment } from '../comments/render.ts';
import type { Lang } from '../comments/words.ts';
import type { Tracker, TrackerWrite } from '../port.ts';
import type { PlaneStore } from './store.ts';

const ONCE_PER_MS = 3_600_000;

export interface Refusal {
  issue: string;
  /** Key of the refused change (TRK-6); it ends the comment's own key. */
  key: string;
  statusName: string;
  reason: RejectReason;
}

/**
 * Whether a refused status is to be answered: once per issue, status and reason within an hour; `own_echo` and
 * `duplicate` never (PLANE-32). Saying yes is remembered.
 */
export function isToBeAnswered(
  store: Pick<PlaneStore, 'value' | 'putValue'>,
  { issue, statusName, reason }: Refusal,
  now: number,
): boolean {
  if (reason === 'own_echo' || reason === 'duplicate') return false;
  const memory = `plane.ignored.${issue}.${statusName}.${reason}`;
  const last = Number(store.value(memory) ?? Number.NaN);
  if (now - last < ONCE_PER_MS) return false;
  store.putValue(memory, String(now));
  return true;
}

/** Says on an issue without a task why a person's status had no effect. */
export function answerRefusal(
  lang: Lang,
  tracker: Tracker,
  { issue, key, statusName, reason }: Refusal,
): Promise<TrackerWrite> {
  const html = renderComment({
    kind: 'ignored',
    lang,
    stage: 'created',
    author: 'stream',
    params: { status: statusName, reason },
    task: { testedSha: null, headSha: null },
    stateName: () => null,
  });
  return tracker.addComment(issue, { html, author: 'stream', key: `comment:ignored:${key}` });
}

/** Comment and status of a request that QG-0 refused; nothing else exists of it (PLANE-37, PLANE-51). */
export async function answerIntake(
  lang: Lang,
  tracker: Tracker,
  refused: { issue: string; key: string; problems: readonly IntakeProblem[] },
): Promise<TrackerWrite> {
  const html = renderIntakeComment(refused.problems, lang);
  const comment = await tracker.addComment(refused.issue, {
    html,
    author: 'stream',
    key: `comment:qg0:${refused.key}`,
  });
  if (comment.kind === 'transient') return comment;
  return tracker.setStatus(refused.issue, 'blocked', `status:qg0:${refused.key}`);
}
