import type { Sound } from '../pipeline/effects.ts';
import type { ChatStore } from './chat-store.ts';

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

/** A mute in force for this chat and scope; critical pings are never muted (QUIET-2). */
export function isMuted(store: ChatStore, { chat, repo, task, sound, at }: QuietQuery): boolean {
  if (sound === 'critical') return false;
  const scopes = ['all', `project:${repo}`, `task:${task}`];
  return store.mutes().some((mute) => mute.chat === chat && mute.until > at && scopes.includes(mute.scope));
}
