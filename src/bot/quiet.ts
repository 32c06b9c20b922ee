import type { Sound } from '../pipeline/effects.ts';
import type { ChatStore, MuteRow } from './chat-store.ts';

const minutesOf = (text: string): number | null => {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  return match ? Number(match[1]) * 60 + Number(match[2]) : null;
};

/** Minutes since local midnight in `tz`. */
export function localMinutes(at: number, tz: string): number {
  const text = new Intl.DateTimeFormat('en-GB', { timeZone: tz, hour: '2-digit', minute: '2-digit' }).format(
    at,
  );
  return minutesOf(text) ?? 0;
}

/** `YYYY-MM-DD` in `tz`. */
export const localDay = (at: number, tz: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: tz }).format(at);

/** Whether `at` lies within `HH:MM-HH:MM`, which may cross midnight (QUIET-1). */
export function isQuiet(hours: string | null, at: number, tz: string): boolean {
  const [from, to] = (hours ?? '').split('-').map(minutesOf);
  if (from === null || from === undefined || to === null || to === undefined || from === to) return false;
  const now = localMinutes(at, tz);
  return from < to ? now >= from && now < to : now >= from || now < to;
}

export interface QuietQuery {
  chat: string;
  repo: string | null;
  task: number | null;
  sound: Sound;
  at: number;
}

const covers = (mute: MuteRow, { chat, repo, task, sound, at }: QuietQuery): boolean =>
  sound !== 'critical' &&
  mute.chat === chat &&
  mute.until > at &&
  ['all', `project:${repo}`, `task:${task}`].includes(mute.scope);

/** Whether this person muted it here; critical pings are never muted (QUIET-2). */
export const hasMuted = (store: ChatStore, user: number, query: QuietQuery): boolean =>
  store.mutes().some((mute) => mute.user === user && covers(mute, query));

/**
 * Whether a ping is kept from a chat altogether. A mute belongs to one user: in a private chat it stops the ping;
 * in a group the others still hear it, and it only leaves that user unmentioned (QUIET-2).
 */
export const isMuted = (store: ChatStore, query: QuietQuery): boolean =>
  !query.chat.startsWith('-') && store.mutes().some((mute) => covers(mute, query));
