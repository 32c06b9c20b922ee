import { isTerminal } from '../pipeline/stages.ts';
import { shownSha } from '../pipeline/transition.ts';
import type { RunView } from '../pipeline/view.ts';
import { denialOf, scopeOf, sees } from './access.ts';
import { ACTIONS, type Action } from './buttons.ts';
import type { CallbackRow, ChatUser } from './chat-store.ts';
import type { Env } from './env.ts';
import { stageLabel } from './facts.ts';
import { clock, sha7 } from './format.ts';
import type { Texts } from './texts.ts';
import type { YesPayload } from './two-step.ts';

/** Classes of CB-7 that refuse a tap. */
export type TapClass = 'unknown' | 'unpaired' | 'forbidden' | 'double' | 'expired' | 'stale' | 'terminal';

export interface TapRefusal {
  class: TapClass;
  text: string;
}

interface Checked {
  /** Task of the message that was tapped, where that is known. */
  wid: string | null;
  env: Env;
  texts: Texts;
  row: CallbackRow | null;
  user: ChatUser | null;
  view: RunView | null;
  at: number;
}

type Check = (tap: Checked & { row: CallbackRow; user: ChatUser }) => TapRefusal | null;

/** The action a button stands for; `yes` stands for the one it confirms. */
export const meantAction = (row: CallbackRow): Action => {
  if (row.action !== 'yes' || row.payload === null) return row.action as Action;
  return (JSON.parse(row.payload) as YesPayload).action;
};

/** What the action reads; `yes` carries that of the action it confirms. */
export const meantPayload = (row: CallbackRow): string | null =>
  row.action === 'yes' && row.payload !== null
    ? (JSON.parse(row.payload) as YesPayload).payload
    : row.payload;

/** Buttons about a repository, or without one about the whole queue. */
const ABOUT_REPO: ReadonlySet<Action> = new Set([
  'pause',
  'resume',
  'queue',
  'unfreeze',
  'rollback',
  'start-found',
]);
/** Of these, the ones that only show: without a repository they show what the person may see. */
const SHOWS_SCOPE: ReadonlySet<Action> = new Set(['queue']);

/** Why a button about a repository is outside the scope of a person; null when it is not (ACC-2). */
const outOfScope: Check = ({ texts, row, user, view }) => {
  const action = meantAction(row);
  if (view !== null || !ABOUT_REPO.has(action)) return null;
  const { repo = null } = JSON.parse(meantPayload(row) ?? '{}') as { repo?: string };
  const seen = repo === null ? scopeOf(user) === null || SHOWS_SCOPE.has(action) : sees(user, repo);
  if (seen) return null;
  return { class: 'forbidden', text: texts.t('access-scope', { project: repo ?? texts.t('word-all') }) };
};

const forbidden: Check = (tap) => {
  const { env, texts, row, user, view } = tap;
  const action = meantAction(row);
  const project = view?.project;
  const denial = denialOf({ house: { env }, user, texts }, { role: ACTIONS[action], action, project });
  if (denial !== null) return { class: 'forbidden', text: denial };
  if (row.user !== null && row.user !== user.id)
    return { class: 'forbidden', text: texts.t('answer-not-yours') };
  return outOfScope(tap);
};

const unknownText = (texts: Texts, wid: string | null): string =>
  wid === null ? texts.t('answer-unknown-bare') : texts.t('answer-unknown', { wid });

const double: Check = ({ env, texts, row, user, at }) => {
  if (row.usedAt === null) return null;
  const time = clock(row.usedAt, at, texts.tz);
  if (row.usedBy === user.id) return { class: 'double', text: texts.t('answer-double-self', { time }) };
  const name = env.store.user(row.usedBy ?? 0)?.name ?? String(row.usedBy);
  return { class: 'double', text: texts.t('answer-double-other', { name, time }) };
};

const expired: Check = ({ texts, row, at }) =>
  at >= row.expiresAt ? { class: 'expired', text: texts.t('answer-expired') } : null;

const stale: Check = ({ texts, row, view }) => {
  if (row.task === null)
    return row.supersededAt === null ? null : { class: 'stale', text: texts.t('answer-expired') };
  if (!view) return { class: 'unknown', text: unknownText(texts, null) };
  const { stage, attempt } = view.task;
  if (row.stage !== null && row.stage !== stage) {
    const args = { old: stageLabel(row.stage), now: stageLabel(stage) };
    return { class: 'stale', text: texts.t('answer-stale-stage', args) };
  }
  if (row.attempt !== null && row.attempt !== attempt) {
    return { class: 'stale', text: texts.t('answer-stale-attempt', { n: row.attempt, m: attempt }) };
  }
  return staleSha({ texts, row, view });
};

function staleSha({
  texts,
  row,
  view,
}: {
  texts: Texts;
  row: CallbackRow;
  view: RunView;
}): TapRefusal | null {
  const { task } = view;
  const delivered = ['rollback', 'revert'].includes(meantAction(row));
  const now = delivered ? (task.servedSha ?? task.landedSha) : shownSha(task);
  if (row.sha === null || row.sha === now) return null;
  return { class: 'stale', text: texts.t('answer-stale-sha', { old: sha7(row.sha), new: sha7(now) }) };
}

/** Actions that make sense after the end of a task. */
const AFTER_END: ReadonlySet<Action> = new Set([
  'rollback',
  'revert',
  'why',
  'log',
  'post-mortem',
  'full-log',
  'page',
]);

const terminal: Check = ({ texts, row, view }) => {
  if (!view || !isTerminal(view.task.stage) || AFTER_END.has(meantAction(row)) || row.action === 'no')
    return null;
  const state = texts.t(`state-${view.task.stage}`);
  return { class: 'terminal', text: texts.t('answer-terminal', { wid: view.task.wid, state }) };
};

/** The order of CB-3 after `unknown`; the first that answers decides. */
const CHECKS: readonly Check[] = [forbidden, double, expired, stale, terminal];

/** Why a tap is refused, or null when its action may go on (CB-3). */
export function checkTap(tap: Checked): TapRefusal | null {
  const { texts, row, user } = tap;
  if (row === null) return { class: 'unknown', text: unknownText(texts, tap.wid) };
  if (user === null) return { class: 'unpaired', text: texts.t('answer-unpaired') };
  for (const check of CHECKS) {
    const refusal = check({ ...tap, row, user });
    if (refusal) return refusal;
  }
  return null;
}
