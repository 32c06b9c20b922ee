import type { RunView } from '../pipeline/view.ts';
import { actorOf } from './access.ts';
import { type Ask, say } from './ask.ts';
import type { Action } from './buttons.ts';
import type { CallbackRow } from './chat-store.ts';
import { runCarried } from './dispatch.ts';
import { createDraft, showDraft } from './features/drafts.ts';
import { sendTasks, type TasksPage } from './features/look.ts';
import { reportHere } from './features/membership.ts';
import { isQueueMessage, sendQueue } from './features/queue.ts';
import { sendFullHistory, sendHistory, sendLog } from './features/records.ts';
import { planRollback } from './features/repo.ts';
import { prompt } from './prompts.ts';
import { mortemLines } from './views/mortem.ts';
import { whyLines } from './views/why.ts';

/** What a button shows or starts that changes no task by itself; it may be pressed again. */
export type Show = (ask: Ask, row: CallbackRow, view: RunView | null) => Promise<void>;

type PagePayload = ({ of: 'tasks' } & TasksPage) | { of: 'history'; offset: number; task: number };

const parse = <T>(row: CallbackRow): T => JSON.parse(row.payload ?? '{}') as T;

const page: Show = async (ask, row) => {
  const wanted = parse<PagePayload>(row);
  if (wanted.of === 'tasks') await sendTasks(ask, wanted, row.message);
  else {
    const view = ask.house.env.control.view(wanted.task);
    if (view) await sendHistory(ask, view, wanted.offset, row.message);
  }
};

const openDraft = (ask: Ask, id: string) => {
  const row = ask.house.env.store.draft(id);
  return row && row.usedAt === null && row.expiresAt > ask.at && row.user === ask.user.id ? row : null;
};

/** Creating twice from one draft yields one task (CMD-14). */
const create: Show = async (ask, { payload, message }) => {
  const row = openDraft(ask, payload ?? '');
  if (!row || row.repo === null) {
    await say(ask, ask.texts.t('reply-draft-expired'));
    return;
  }
  await createDraft(ask, row, message);
};

const drop: Show = async (ask, { payload, message }) => {
  if (openDraft(ask, payload ?? '')) ask.house.env.store.useDraft(payload ?? '', ask.at);
  await say(ask, ask.texts.t('reply-draft-cancelled'), { edit: message });
};

const edit: Show = (ask, { payload }) =>
  prompt(ask, { action: 'draft', text: ask.texts.t('reply-draft-edit'), payload: payload ?? '' });

const project: Show = async (ask, row) => {
  const { draft, repo } = parse<{ draft: string; repo: string }>(row);
  const kept = openDraft(ask, draft);
  if (kept) await showDraft(ask, { ...kept, repo });
};

const onView =
  (show: (ask: Ask, view: RunView) => Promise<unknown>): Show =>
  async (ask, _row, view) => {
    if (view) await show(ask, view);
  };

const carried: Show = (ask, { nonce, payload }) => runCarried(ask, nonce, payload ?? '');

/** Starts what was found at the first look at a tracker, once. */
const startFound: Show = async (ask, row) => {
  const { store, control } = ask.house.env;
  if (!store.useCallback(row.nonce, { user: ask.user.id, at: ask.at })) return;
  const result = await control.startFound?.(parse<{ repo: string }>(row).repo, actorOf(ask.user));
  await say(ask, ask.texts.t('reply-started', { n: result?.started ?? 0 }));
};

/** Views and beginnings behind buttons. */
export const SHOW: Partial<Record<Action, Show>> = {
  'report-here': (ask, row) =>
    reportHere(ask, parse<{ projects: readonly string[] | null }>(row).projects, row.message),
  rollback: onView((ask, view) => planRollback(ask, { repo: view.task.repo, task: view.task.id })),
  'start-found': startFound,
  'run-now': carried,
  'pick-task': carried,
  page,
  create,
  drop,
  edit,
  project,
  queue: async (ask, row) =>
    void (await sendQueue(ask, parse<{ repo?: string }>(row).repo ?? ask.repo, editable(ask, row))),
  'needs-you': async (ask) => void (await sendTasks(ask, { repo: null, filter: 'waiting', offset: 0 })),
  new: (ask) => prompt(ask, { action: 'new', text: ask.texts.t('reply-ask-new') }),
  why: onView((ask, view) => say(ask, whyLines(view, ask.texts, ask.house.env.settings), { silent: true })),
  log: onView((ask, view) => sendLog(ask, view, { stage: null, lines: 200 })),
  'post-mortem': onView((ask, view) => say(ask, mortemLines(view, ask.texts))),
  'full-log': async (ask, row) => {
    const view = ask.house.env.control.view(Number(row.payload));
    if (view) await sendFullHistory(ask, view);
  },
};

/** Refresh edits the queue message; the main button of the welcome posts a new one. */
const editable = (ask: Ask, row: CallbackRow): number | null =>
  isQueueMessage(ask, row.message) ? row.message : null;
