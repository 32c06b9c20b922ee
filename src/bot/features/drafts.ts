import { randomUUID } from 'node:crypto';
import { type Ask, type Outcome, say } from '../ask.ts';
import type { ButtonRows } from '../buttons.ts';
import type { DraftRow } from '../chat-store.ts';
import { cut, type Line } from '../markup.ts';
import { chooseProject, visible } from '../project-ref.ts';
import { prompt } from '../prompts.ts';
import type { DraftKind } from './draft-kind.ts';
import { EPIC_DRAFT } from './epic-draft.ts';
import { TASK_DRAFT } from './task-draft.ts';

/** A draft of anything but one task begins with the command that made it; free text never begins with a slash. */
const MARKED: Readonly<Record<string, DraftKind>> = { '/epic': EPIC_DRAFT };

/** The command in front of a draft's text, empty for a task. */
const markOf = (text: string): string =>
  Object.keys(MARKED).find((mark) => text.startsWith(`${mark} `)) ?? '';

const kindOf = (text: string): DraftKind => MARKED[markOf(text)] ?? TASK_DRAFT;

const projectButtons = (ask: Ask, row: DraftRow): ButtonRows =>
  visible(ask)
    .slice(0, 6)
    .map(({ name, repo }) => [
      { text: cut(name, 60), action: 'project', payload: JSON.stringify({ draft: row.id, repo }) },
    ]);

function draftButtons(ask: Ask, row: DraftRow): ButtonRows {
  if (row.repo === null) return projectButtons(ask, row);
  const { t } = ask.texts;
  return [
    [
      { text: t(kindOf(row.text).createKey), action: 'create', payload: row.id },
      { text: t('btn-edit'), action: 'edit', payload: row.id },
      { text: t('btn-drop'), action: 'drop', payload: row.id },
    ],
  ];
}

/** Shows a draft with its buttons, asks for its project first, or says what is wrong with it (CMD-11, CMD-13). */
export async function showDraft(ask: Ask, row: DraftRow): Promise<void> {
  const { texts } = ask;
  const { lines, ready } = kindOf(row.text).preview(ask, row);
  if (!ready) {
    await say(ask, lines, { edit: row.message });
    await prompt(ask, { action: 'draft', text: texts.t('reply-ask-corrected'), payload: row.id });
    return ask.house.env.store.putDraft(row);
  }
  const where =
    row.repo === null
      ? texts.t('reply-which-project')
      : texts.t('reply-draft-project', { project: row.repo });
  const shown: readonly Line[] = [...lines, [where]];
  const message = await say(ask, shown, { buttons: draftButtons(ask, row), edit: row.message, silent: true });
  if (message !== null) ask.house.env.store.putDraft({ ...row, message });
}

/** Keeps a text as a draft; nothing is created without a tap (CMD-13). `mark`: the command that made it. */
export async function draft(
  ask: Ask,
  text: string,
  from: { source: number; mark?: '/epic' },
): Promise<Outcome> {
  const { settings, store } = ask.house.env;
  const { repo, text: body } = chooseProject(ask, text);
  const row: DraftRow = {
    id: randomUUID(),
    chat: ask.chat,
    user: ask.user.id,
    source: from.source,
    message: null,
    repo,
    text: from.mark === undefined ? body : `${from.mark} ${body}`,
    expiresAt: ask.at + settings.draftTtlMs,
    usedAt: null,
  };
  store.putDraft(row);
  await showDraft(ask, row);
  return { result: 'draft' };
}

/** The same draft with other words. */
export const rewritten = (row: DraftRow, text: string): DraftRow => {
  const mark = markOf(row.text);
  return { ...row, text: mark === '' ? text : `${mark} ${text}` };
};

/** The person changed the message a draft was read from (CHAT-16). */
export async function editDraft(ask: Ask, text: string): Promise<void> {
  const row = ask.house.env.store.draftBySource(ask.chat, ask.message ?? 0);
  if (!row || row.usedAt !== null || row.expiresAt <= ask.at || row.user !== ask.user.id) return;
  const body = text.replace(/^\/(new|epic)(@\w+)?\s*/, '');
  await showDraft(ask, rewritten(row, chooseProject(ask, body).text));
}

/** Creates what a draft stands for (CMD-14). */
export async function createDraft(ask: Ask, row: DraftRow, message: number | null): Promise<void> {
  if (row.repo === null) return;
  const said = await kindOf(row.text).create(ask, row, row.repo);
  if (said !== null) await say(ask, said, { edit: message });
}
