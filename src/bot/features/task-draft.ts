import { actorOf, sees } from '../access.ts';
import { type Ask, type Outcome, say } from '../ask.ts';
import { NO_BINDING } from '../buttons.ts';
import type { DraftRow } from '../chat-store.ts';
import { cut, type Line, oneLine } from '../markup.ts';
import type { IntakeProblem } from '../ports.ts';
import { prompt } from '../prompts.ts';
import type { Texts } from '../texts.ts';
import type { DraftKind } from './draft-kind.ts';

const TITLE_MAX = 80;

/** First line and rest; one line alone gives both, the title cut at a word (CMD-10). */
export function splitTask(text: string): { title: string; description: string } {
  const trimmed = text.trim();
  const end = trimmed.indexOf('\n');
  if (end >= 0) return { title: trimmed.slice(0, end).trim(), description: trimmed.slice(end + 1).trim() };
  const points = [...trimmed];
  if (points.length <= TITLE_MAX) return { title: trimmed, description: trimmed };
  const head = points.slice(0, TITLE_MAX).join('');
  const space = head.lastIndexOf(' ');
  return { title: (space > 0 ? head.slice(0, space) : head).trim(), description: trimmed };
}

export const problemText = (problem: IntakeProblem, texts: Texts): string =>
  problem.kind === 'other' ? problem.message : texts.t(`problem-${problem.kind}`, { ...problem });

/** Creates the task, or lists what QG-0 found and asks for the rest (CMD-11). */
export async function createFrom(
  ask: Ask,
  input: { repo: string; text: string; key: string },
): Promise<Outcome & { wid?: string }> {
  const { texts, user, chat } = ask;
  const { repo, key } = input;
  if (!sees(user, repo)) {
    await say(ask, texts.t('access-scope', { project: repo }));
    return { result: 'forbidden', reason: 'scope' };
  }
  const parts = splitTask(input.text);
  const created = await ask.house.env.control.createTask({ key, repo, ...parts, actor: actorOf(user), chat });
  if (created.ok) {
    await ask.house.publisher.refresh(created.task);
    return { result: 'ok', binding: { ...NO_BINDING, task: created.task }, wid: created.wid };
  }
  const problems = created.problems.map((problem): Line => [`• ${problemText(problem, texts)}`]);
  await say(ask, [[texts.t('reply-problems')], ...problems]);
  await prompt(ask, { action: 'new', text: texts.t('reply-ask-missing'), payload: repo });
  return { result: 'qg0', reason: created.problems.map(({ kind }) => kind).join(', ') };
}

/** One task among drafts (CMD-13). */
export const TASK_DRAFT: DraftKind = {
  createKey: 'btn-create',
  preview: ({ texts }, { text }) => {
    const { title } = splitTask(text);
    return { lines: [[texts.t('reply-draft', { title: cut(oneLine(title), TITLE_MAX) })]], ready: true };
  },
  async create(ask: Ask, row: DraftRow, repo: string) {
    if (!ask.house.env.store.useDraft(row.id, ask.at)) return null;
    const created = await createFrom(ask, { repo, text: row.text, key: `draft.${row.id}` });
    return created.wid === undefined ? null : [[ask.texts.t('reply-draft-created', { wid: created.wid })]];
  },
};
