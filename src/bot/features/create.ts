import { randomUUID } from 'node:crypto';
import { actorOf, sees } from '../access.ts';
import { type Ask, type Outcome, say } from '../ask.ts';
import type { ButtonRows } from '../buttons.ts';
import { NO_BINDING } from '../buttons.ts';
import type { DraftRow } from '../chat-store.ts';
import type { Command } from '../command.ts';
import { cut, type Line, oneLine } from '../markup.ts';
import type { IntakeProblem } from '../ports.ts';
import { isNamed, visible } from '../project-ref.ts';
import { prompt } from '../prompts.ts';
import { firstWord } from '../task-ref.ts';
import type { Texts } from '../texts.ts';

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

/** The project by argument, bound chat, or because it is the only one (CMD-12); null = ask. */
function chooseProject(ask: Ask, text: string): { repo: string | null; text: string } {
  const projects = visible(ask);
  const [line = ''] = text.split('\n');
  const { word } = firstWord(line);
  const named = projects.find((project) => isNamed(project, word));
  if (named && text.trim() !== word) return { repo: named.repo, text: text.trim().slice(word.length).trim() };
  if (ask.repo !== null) return { repo: ask.repo, text };
  return { repo: projects.length === 1 ? (projects[0]?.repo ?? null) : null, text };
}

const problemText = (problem: IntakeProblem, texts: Texts): string =>
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

async function create(ask: Ask, args: string): Promise<Outcome> {
  if (visible(ask).length === 0) {
    await say(ask, ask.texts.t('reply-no-projects'));
    return { result: 'unknown_project' };
  }
  if (args === '') {
    await prompt(ask, { action: 'new', text: ask.texts.t('reply-ask-new') });
    return { result: 'asked' };
  }
  const { repo, text } = chooseProject(ask, args);
  if (repo === null) return draft(ask, text, { source: ask.message ?? 0 });
  return createFrom(ask, { repo, text, key: ask.key });
}

const draftButtons = (ask: Ask, row: DraftRow): ButtonRows => {
  const { texts } = ask;
  if (row.repo === null) {
    return visible(ask)
      .slice(0, 6)
      .map(({ name, repo }) => [
        { text: cut(name, 60), action: 'project', payload: JSON.stringify({ draft: row.id, repo }) },
      ]);
  }
  return [
    [
      { text: texts.t('btn-create'), action: 'create', payload: row.id },
      { text: texts.t('btn-edit'), action: 'edit', payload: row.id },
      { text: texts.t('btn-drop'), action: 'drop', payload: row.id },
    ],
  ];
};

/** Shows a draft with its buttons, or asks for its project first (CMD-13). */
export async function showDraft(ask: Ask, row: DraftRow): Promise<void> {
  const { texts } = ask;
  const { title } = splitTask(row.text);
  const lines: Line[] = [
    [texts.t('reply-draft', { title: cut(oneLine(title), TITLE_MAX) })],
    [
      row.repo === null
        ? texts.t('reply-which-project')
        : texts.t('reply-draft-project', { project: row.repo }),
    ],
  ];
  const message = await say(ask, lines, { buttons: draftButtons(ask, row), edit: row.message, silent: true });
  if (message !== null) ask.house.env.store.putDraft({ ...row, message });
}

/** Keeps a text as a draft; nothing is created without a tap (CMD-13). */
export async function draft(ask: Ask, text: string, from: { source: number }): Promise<Outcome> {
  const { settings, store } = ask.house.env;
  const { repo, text: body } = chooseProject(ask, text);
  const row: DraftRow = {
    id: randomUUID(),
    chat: ask.chat,
    user: ask.user.id,
    source: from.source,
    message: null,
    repo,
    text: body,
    expiresAt: ask.at + settings.draftTtlMs,
    usedAt: null,
  };
  store.putDraft(row);
  await showDraft(ask, row);
  return { result: 'draft' };
}

/** The person changed the message a draft was read from (CHAT-16). */
export async function editDraft(ask: Ask, text: string): Promise<void> {
  const row = ask.house.env.store.draftBySource(ask.chat, ask.message ?? 0);
  if (!row || row.usedAt !== null || row.expiresAt <= ask.at || row.user !== ask.user.id) return;
  await showDraft(ask, { ...row, text: chooseProject(ask, text.replace(/^\/new(@\w+)?\s*/, '')).text });
}

export const CREATE_COMMANDS: readonly Command[] = [
  {
    name: 'new',
    role: 'operator',
    group: 'work',
    args: '[project] title + newline + description',
    example: '/new Add CSV export to reports\nUsers need the monthly report as a CSV file.',
    changes: true,
    run: create,
  },
];
