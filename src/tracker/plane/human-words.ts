import { cutText } from '../comments/html.ts';
import { type Lang, WORDS } from '../comments/words.ts';
import type { IssueComment, Tracker } from '../port.ts';

const MAX_REASON = 300;
const MAX_ANSWER = 4000;

/** Reason of a rejection: the newest comment of a person written after `since` (PLANE-46). */
export async function rejectionReason(
  tracker: Pick<Tracker, 'listComments'>,
  issue: string,
  { since, lang }: { since: number; lang: Lang },
): Promise<string> {
  const [newest] = await humanComments(tracker, issue, since);
  return newest === undefined ? WORDS[lang].noReason : cutText(newest.text, MAX_REASON);
}

/** What people wrote after `since`, oldest first, for a relaunched analyst (PIPE-35); empty when nothing. */
export async function humanAnswer(
  tracker: Pick<Tracker, 'listComments'>,
  issue: string,
  since: number,
): Promise<string> {
  const comments = await humanComments(tracker, issue, since);
  const texts = comments.map((comment) => comment.text).reverse();
  return cutText(texts.join('\n\n'), MAX_ANSWER);
}

/** Newest first. A failed read is no words: comments never decide anything (TRK-8). */
async function humanComments(
  tracker: Pick<Tracker, 'listComments'>,
  issue: string,
  since: number,
): Promise<IssueComment[]> {
  const read = await tracker.listComments(issue);
  if (read.kind !== 'ok') return [];
  return read.value.filter((comment) => !comment.own && comment.createdAt >= since && comment.text !== '');
}
