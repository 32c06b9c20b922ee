import { actorOf } from '../access.ts';
import type { Ask } from '../ask.ts';
import type { DraftRow } from '../chat-store.ts';
import { type Epic, type EpicPart, type EpicProblem, parseEpic } from '../epic.ts';
import { cut, type Line, oneLine } from '../markup.ts';
import type { Texts } from '../texts.ts';
import type { DraftKind } from './draft-kind.ts';
import { problemText } from './task-draft.ts';

const TITLE_MAX = 80;

const after = (texts: Texts, names: readonly string[]): string =>
  names.length === 0 ? '' : ` ${texts.t('epic-after', { on: names.join(', ') })}`;

/** What the agents of one part read: its own words, then the epic it belongs to. */
const descriptionOf = (epic: Epic, { description, title }: EpicPart, n: number, texts: Texts): string =>
  [
    description || title,
    texts.t('epic-part', { n, of: epic.parts.length, epic: epic.title }),
    ...(epic.intro === '' ? [] : [epic.intro]),
  ].join('\n\n');

const problemLine = (problem: EpicProblem, texts: Texts): Line => [
  `• ${texts.t(`epic-${problem.kind}`, { ...problem })}`,
];

/** What keeps an epic from being created: its form, then QG-0 of every part (CMD-11). */
function problemsOf(ask: Ask, epic: Epic | EpicProblem): Line[] {
  if ('kind' in epic) return [problemLine(epic, ask.texts)];
  return epic.parts.flatMap((part, place) => {
    const description = descriptionOf(epic, part, place + 1, ask.texts);
    const found = ask.house.env.control.problemsOf({ title: part.title, description });
    return found.map((problem): Line => [`${place + 1}. ${problemText(problem, ask.texts)}`]);
  });
}

const partLine = (part: EpicPart, place: number, texts: Texts): Line => {
  const on = part.after.map((other) => String(other + 1));
  return [`${place + 1}. ${cut(oneLine(part.title), TITLE_MAX)}${after(texts, on)}`];
};

const read = ({ text }: DraftRow): Epic | EpicProblem => parseEpic(text.replace(/^\/epic /, ''));

function preview(ask: Ask, row: DraftRow): { lines: Line[]; ready: boolean } {
  const { texts } = ask;
  const epic = read(row);
  const problems = problemsOf(ask, epic);
  if ('kind' in epic || problems.length > 0)
    return { lines: [[texts.t('reply-problems')], ...problems], ready: false };
  const head = texts.t('epic-title', { title: cut(oneLine(epic.title), TITLE_MAX), n: epic.parts.length });
  return {
    lines: [[{ bold: head }], ...epic.parts.map((part, place) => partLine(part, place, texts))],
    ready: true,
  };
}

/** Creates the parts in order, each waiting for those it names; repeated, it finds the same tasks (CMD-14). */
async function createAll(ask: Ask, row: DraftRow, repo: string): Promise<readonly Line[] | null> {
  const { texts, user, chat, house } = ask;
  const epic = read(row);
  if ('kind' in epic) return null;
  const wids: string[] = [];
  const lines: Line[] = [];
  for (const [place, part] of epic.parts.entries()) {
    const blockedBy = part.after.flatMap((other) => wids[other] ?? []);
    const created = await house.env.control.createTask({
      key: `draft.${row.id}.${place + 1}`,
      ...{ repo, title: part.title, actor: actorOf(user), chat, blockedBy },
      description: descriptionOf(epic, part, place + 1, texts),
    });
    if (!created.ok) return created.problems.map((one): Line => [`${place + 1}. ${problemText(one, texts)}`]);
    wids.push(created.wid);
    lines.push([`${created.wid} ${cut(oneLine(part.title), TITLE_MAX)}${after(texts, blockedBy)}`]);
    await house.publisher.refresh(created.task);
  }
  house.env.store.useDraft(row.id, ask.at);
  return [[{ bold: texts.t('epic-title', { title: epic.title, n: wids.length }) }], ...lines];
}

/** An epic among drafts. */
export const EPIC_DRAFT: DraftKind = { createKey: 'btn-create-all', preview, create: createAll };
