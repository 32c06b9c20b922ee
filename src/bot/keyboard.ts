import { createHash, randomBytes } from 'node:crypto';
import type { InlineKeyboardMarkup } from 'grammy/types';
import type { TaskState } from '../pipeline/task.ts';
import { shownSha } from '../pipeline/transition.ts';
import type { RunView } from '../pipeline/view.ts';
import { ACTIONS, type ButtonRows, type ButtonSpec, NO_BINDING } from './buttons.ts';
import type { Binding, ChatStore } from './chat-store.ts';

const PREFIX = 'c1.';

/** The nonce of callback data, or null when it is not ours (CB-1). */
export const nonceOf = (data: string): string | null =>
  /^c1\.[A-Za-z0-9_-]{22}$/.test(data) ? data.slice(PREFIX.length) : null;

export const newNonce = (): string => randomBytes(16).toString('base64url');

/** Actions that are about one commit; theirs alone are stale when it changes (CHAT-1). */
const ABOUT_COMMIT: ReadonlySet<string> = new Set(['approve', 'confirm', 'rollback', 'revert']);

/** What an action offered for this task's present state is bound to (CB-1). */
export const bindingOf = ({ task }: RunView, action?: string): Binding => ({
  task: task.id,
  stage: task.stage,
  attempt: task.attempt,
  sha: action !== undefined && ABOUT_COMMIT.has(action) ? shaOf(task, action) : null,
});

const shaOf = (task: TaskState, action: string): string | null =>
  action === 'rollback' || action === 'revert' ? (task.servedSha ?? task.landedSha) : shownSha(task);

/** Gives every action of a task's buttons its binding. */
export const bindRows = (rows: ButtonRows, view: RunView): ButtonRows =>
  rows.map((row) =>
    row.map((spec) => ('url' in spec ? spec : { ...spec, bind: bindingOf(view, spec.action) })),
  );

/** Equal hashes mean buttons with the same look, action and binding: their nonces stay (CB-2). */
export const buttonsHash = (rows: ButtonRows): string =>
  createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, 32);

export interface Issue {
  rows: ButtonRows;
  binding?: Binding;
  chat: string;
  at: number;
  ttlMs: number;
}

export interface Issued {
  markup: InlineKeyboardMarkup;
  nonces: readonly string[];
}

/** Writes one callback row per action button and returns the keyboard that carries their nonces (CB-1). */
export function issueButtons(store: ChatStore, issue: Issue): Issued {
  const nonces: string[] = [];
  const one = (spec: ButtonSpec) => {
    if ('url' in spec)
      return spec.app ? { text: spec.text, web_app: { url: spec.url } } : { text: spec.text, url: spec.url };
    const nonce = newNonce();
    nonces.push(nonce);
    store.putCallback({
      ...NO_BINDING,
      ...issue.binding,
      ...spec.bind,
      nonce,
      action: spec.action,
      payload: spec.payload ?? null,
      minRole: ACTIONS[spec.action],
      user: spec.user ?? null,
      chat: issue.chat,
      message: null,
      issuedAt: issue.at,
      expiresAt: issue.at + issue.ttlMs,
      usedAt: null,
      usedBy: null,
      supersededAt: null,
    });
    return { text: spec.text, callback_data: `${PREFIX}${nonce}` };
  };
  return { markup: { inline_keyboard: issue.rows.map((row) => row.map(one)) }, nonces };
}
