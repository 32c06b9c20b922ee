import type { RunView } from '../pipeline/view.ts';
import type { ButtonRows } from './buttons.ts';
import { cardButtons } from './cards/card-buttons.ts';
import type { PingRow } from './chat-store.ts';
import { type Env, textsOf } from './env.ts';
import { bindRows, issueButtons } from './keyboard.ts';
import type { Line } from './markup.ts';
import type { OpenKeyboards } from './open-keyboards.ts';
import { standingOf } from './ping-states.ts';
import { renderDelayed, renderPing } from './pings.ts';
import { hasMuted, isQuiet } from './quiet.ts';
import type { Sender } from './send.ts';
import type { SendOutcome } from './send-class.ts';
import { waitOf } from './sentence.ts';
import type { Topics } from './topics.ts';

/** The people who should look: approvers, else the creator; only where others read along (PING-5). */
function mentionOf(env: Env, view: RunView | null, { chat, sound }: PingRow): Line | null {
  if (!view || waitOf(view.now) === null || !chat.startsWith('-')) return null;
  const approvers = env.control.projects().find(({ repo }) => repo === view.task.repo)?.approvers ?? [];
  const creator = view.task.createdBy.surface === 'chat' ? [view.task.createdBy.id] : [];
  const people = (approvers.length > 0 ? approvers : creator).flatMap((id) => {
    const user = env.store.user(Number(id));
    const about = { chat, repo: view.task.repo, task: view.task.id, sound, at: env.timers.now() };
    return user && !hasMuted(env.store, user.id, about)
      ? [{ link: user.name, url: `tg://user?id=${user.id}` }, ' ']
      : [];
  });
  return people.length > 0 ? people.slice(0, -1) : null;
}

/** Buttons of the state the ping was caused for, none once the task has left it. */
function buttonsOf(env: Env, row: PingRow, view: RunView | null): ButtonRows {
  const texts = textsOf(env, row.chat);
  if (row.ping === 'issues-found') {
    const payload = JSON.stringify({ repo: String(row.params.repo ?? '') });
    return [[{ text: texts.t('btn-start-them'), action: 'start-found', payload }]];
  }
  if (!view || standingOf(row, view) !== 'current') return [];
  return bindRows(cardButtons(view, texts, env.settings), view);
}

const isSilent = ({ store, settings }: Env, { sound, chat }: PingRow, at: number): boolean => {
  if (sound !== 'sound') return sound === 'silent';
  const user = store.user(Number(chat));
  return isQuiet(user?.quietHours ?? settings.quietHours, at, user?.tz ?? settings.tz);
};

export interface PingSending {
  env: Env;
  sender: Sender;
  topics: Topics;
  keyboards: OpenKeyboards;
}

/** A state left sooner than this by somebody who acted at once needs no line that it is over. */
const WORTH_TELLING_MS = 60_000;

/**
 * Sends one ping and stores that it was sent; call it inside the chat's lane. Whose cause has passed meanwhile
 * becomes one silent line without buttons (ORD-3).
 */
export async function sendPing(parts: PingSending, row: PingRow): Promise<SendOutcome> {
  const { env, sender, topics } = parts;
  const { store, timers, settings } = env;
  const { chat } = row;
  const view = row.task === null ? null : env.control.view(row.task);
  const now = timers.now();
  const texts = textsOf(env, chat);
  const passed = standingOf(row, view) === 'passed';
  if (passed && now - row.createdAt < WORTH_TELLING_MS) {
    store.putPing({ ...row, droppedAt: now });
    return { class: 'ok' };
  }
  const mention = mentionOf(env, view, row);
  const lines = passed
    ? renderDelayed(row, view, texts, now)
    : renderPing(row, view, { texts, now, mention });
  const rows = buttonsOf(env, row, view);
  const issued = issueButtons(store, { rows, chat, at: now, ttlMs: settings.callbackTtlMs });
  const repo = view?.task.repo ?? (typeof row.params.repo === 'string' ? row.params.repo : null);
  const outcome = await sender.sendNow({
    chat,
    thread: repo === null ? null : await topics.threadOf(chat, repo),
    lines,
    silent: passed || isSilent(env, row, now),
    ...(rows.length > 0 ? { markup: issued.markup } : {}),
  });
  if (outcome.topicLost && repo !== null) await topics.lost(chat, repo);
  if (outcome.class !== 'ok' || outcome.message === undefined) return outcome;
  store.putPing({ ...row, sentAt: now, message: outcome.message });
  store.placeCallbacks(issued.nonces, outcome.message);
  if (view) remember(parts, { row, view, rows, message: outcome.message });
  return outcome;
}

/** So that a reply to it has a meaning, and its buttons an end. */
function remember(
  { env, keyboards }: PingSending,
  { row, view, rows, message }: { row: PingRow; view: RunView; rows: ButtonRows; message: number },
): void {
  const { chat } = row;
  const { id: task, stage, attempt, headSha: sha } = view.task;
  env.store.putMessage({ task, stage, attempt, sha, chat, message, waiting: row.waiting ?? '' });
  if (rows.length > 0) keyboards.opened({ chat, message, rows, view });
}
