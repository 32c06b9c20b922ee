import type { RunView } from '../pipeline/view.ts';
import type { ButtonRows } from './buttons.ts';
import { cardButtons } from './cards/card-buttons.ts';
import type { PingRow } from './chat-store.ts';
import { type Env, textsOf } from './env.ts';
import { bindRows, issueButtons } from './keyboard.ts';
import type { Line } from './markup.ts';
import { renderDelayed, renderPing } from './pings.ts';
import { isQuiet } from './quiet.ts';
import type { Sender } from './send.ts';
import type { SendOutcome } from './send-class.ts';
import { stateKind, waitOf } from './sentence.ts';
import type { Topics } from './topics.ts';

/** A ping younger than this is never called delayed (ORD-3). */
const DELAYED_AFTER_MS = 60_000;
/** Kinds that report a state: they are void when the task has left it. */
const OF_STATE: ReadonlySet<string> = new Set([
  'approve',
  'questions',
  'confirm',
  'confirm-again',
  'pr-review',
  'rework-exhausted',
  'agent-failed',
  'blocked',
  'staging-failed',
  'deploy-failed',
  'deploy-failed-no-rollback',
  'deploy-failed-rollback-failed',
  'deploy-unknown',
  'hold',
  'hold-no-pr',
  'tree-mismatch',
  'cannot-verify',
  'ci-silent',
  'dep-cycle',
  'budget',
  'limit',
  'limit-manual',
  'reminder',
]);

const isCurrent = (row: PingRow, view: RunView): boolean =>
  view.task.stage === row.stage && view.task.attempt === row.attempt && stateKind(view.now) === row.waiting;

/** The people who should look: approvers, else the creator; only where others read along (PING-5). */
function mentionOf(env: Env, view: RunView | null, chat: string): Line | null {
  if (!view || waitOf(view.now) === null || !chat.startsWith('-')) return null;
  const approvers = env.control.projects().find(({ repo }) => repo === view.task.repo)?.approvers ?? [];
  const creator = view.task.createdBy.surface === 'chat' ? [view.task.createdBy.id] : [];
  const people = (approvers.length > 0 ? approvers : creator).flatMap((id) => {
    const user = env.store.user(Number(id));
    return user ? [{ link: user.name, url: `tg://user?id=${user.id}` }, ' '] : [];
  });
  return people.length > 0 ? people : null;
}

function buttonsOf(env: Env, row: PingRow, view: RunView | null): ButtonRows {
  const texts = textsOf(env, row.chat);
  if (row.ping === 'issues-found') {
    const payload = String(row.params.repo ?? '');
    return [[{ text: texts.t('btn-start-them'), action: 'start-found', payload }]];
  }
  if (!view || !OF_STATE.has(row.ping)) return [];
  return bindRows(cardButtons(view, texts, env.settings), view);
}

const isSilent = ({ store, settings }: Env, { sound, chat }: PingRow, at: number): boolean => {
  if (sound !== 'sound') return sound === 'silent';
  const user = store.user(Number(chat));
  return isQuiet(user?.quietHours ?? settings.quietHours, at, user?.tz ?? settings.tz);
};

/** Sends one ping with the state's buttons and stores that it was sent; call it inside the chat's lane. */
export async function sendPing(
  parts: { env: Env; sender: Sender; topics: Topics },
  row: PingRow,
): Promise<SendOutcome> {
  const { env, sender, topics } = parts;
  const { store, timers, settings } = env;
  const { chat } = row;
  const view = row.task === null ? null : env.control.view(row.task);
  const now = timers.now();
  const texts = textsOf(env, chat);
  const old = view !== null && OF_STATE.has(row.ping) && !isCurrent(row, view);
  const late = old && now - row.createdAt > DELAYED_AFTER_MS;
  const mention = mentionOf(env, view, chat);
  const lines = late ? renderDelayed(row, view, texts, now) : renderPing(row, view, { texts, now, mention });
  const rows = old ? [] : buttonsOf(env, row, view);
  const issued = issueButtons(store, { rows, chat, at: now, ttlMs: settings.callbackTtlMs });
  const repo = view?.task.repo ?? (typeof row.params.repo === 'string' ? row.params.repo : null);
  const outcome = await sender.sendNow({
    chat,
    thread: repo === null ? null : await topics.threadOf(chat, repo),
    lines,
    silent: late || isSilent(env, row, now),
    ...(rows.length > 0 ? { markup: issued.markup } : {}),
  });
  if (outcome.topicLost && repo !== null) await topics.lost(chat, repo);
  if (outcome.class !== 'ok' || outcome.message === undefined) return outcome;
  store.putPing({ ...row, sentAt: now, message: outcome.message });
  store.placeCallbacks(issued.nonces, outcome.message);
  if (view) {
    const { id: task, stage, attempt, headSha: sha } = view.task;
    store.putMessage({
      task,
      stage,
      attempt,
      sha,
      chat,
      message: outcome.message,
      waiting: row.waiting ?? '',
    });
  }
  return outcome;
}
