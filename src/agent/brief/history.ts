import type { Fence } from './fence.ts';

/** One refusal (AGENT-12). */
export interface Refusal {
  /** `review: REQUEST_CHANGES`, `CI red`, `merge conflict`. */
  what: string;
  sha: string | null;
  findingIds: readonly string[];
}

/** A finding that came back after it was reported fixed. */
export interface ReturnedFinding {
  id: string;
  earlier: string;
  /** The developer's answer from 11. */
  answer: string;
}

export interface History {
  /** Oldest first. */
  refusals: readonly Refusal[];
  returned: readonly ReturnedFinding[];
  /** The reviewer's own earlier 12: it checks what it asked for (AGENT-12). */
  earlierReview?: string;
  /** Conflicts the developer recorded in 11; reviewer and tester receive them (AGENT-11). */
  conflicts?: string;
}

/** Section 6 of the brief. `dropOldest` leaves out that many of the oldest entries. */
export function historySection(history: History, fence: Fence, dropOldest: number): string {
  const lines = history.refusals
    .map(refusalLine)
    .concat(
      history.returned.map(
        ({ id, earlier, answer }) => `${id} came back.\n  Asked: ${earlier}\n  Answered: ${answer}`,
      ),
    )
    .slice(dropOldest);
  const parts: string[] = [];
  if (lines.length > 0) parts.push(fence('history of refusals', lines.join('\n')));
  if (history.earlierReview)
    parts.push(
      `Your own earlier review. Check what you asked for; if the goal moves, say why.`,
      fence('earlier 12-review.md', history.earlierReview),
    );
  if (history.conflicts)
    parts.push(
      'Conflicts of orders the developer recorded.',
      fence('from 11-dev-notes.md', history.conflicts),
    );
  return parts.length === 0 ? '' : ['## History', ...parts].join('\n\n');
}

/** How many entries `dropOldest` can take away. */
export const historySize = (history: History): number => history.refusals.length + history.returned.length;

/** `#2 review: REQUEST_CHANGES at c3d9f01 – REV-1-1, REV-1-2`. */
function refusalLine({ what, sha, findingIds }: Refusal, index: number): string {
  const at = sha ? ` at ${sha.slice(0, 7)}` : '';
  const ids = findingIds.length > 0 ? ` – ${findingIds.join(', ')}` : '';
  return `#${index + 1} ${what}${at}${ids}`;
}
