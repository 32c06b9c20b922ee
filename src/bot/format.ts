import type { Lang } from './chat-store.ts';

const UNITS = { en: { h: 'h', m: 'm' }, ru: { h: 'ч', m: 'м' } } as const;

/** CARD-15: `—`, `<1m`, whole minutes up to 999, then `{h}h {mm}m`. Milliseconds in. */
export function duration(ms: number | null | undefined, lang: Lang): string {
  const { h, m } = UNITS[lang];
  if (ms === null || ms === undefined || !Number.isFinite(ms) || ms <= 0) return '—';
  if (ms < 60_000) return `<1${m}`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes <= 999) return `${minutes}${m}`;
  return `${Math.floor(minutes / 60)}${h} ${String(minutes % 60).padStart(2, '0')}${m}`;
}

/** CARD-15: one decimal `M` or `k`; what would print `1000.0k` prints `1.0M`. */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  const thousands = (count / 1000).toFixed(1);
  return count >= 1_000_000 || thousands === '1000.0'
    ? `${(count / 1_000_000).toFixed(1)}M`
    : `${thousands}k`;
}

/** `$1.12`; an estimate is `~$1.12` (CARD-7). */
export const cost = (usd: number, estimated = false): string => `${estimated ? '~' : ''}$${usd.toFixed(2)}`;

/** Text after the last `/`, without a leading `claude-` (CARD-15). */
export const modelName = (model: string): string =>
  model.slice(model.lastIndexOf('/') + 1).replace(/^claude-/, '');

/** First 7 hex digits of a commit; `—` without one. */
export const sha7 = (sha: string | null | undefined): string => (sha ? sha.slice(0, 7) : '—');

/** By zone: making a formatter costs far more than using it, and a card has several clocks. */
const formats = new Map<string, { day: Intl.DateTimeFormat; time: Intl.DateTimeFormat }>();

function formatsOf(timeZone: string) {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = {
    day: new Intl.DateTimeFormat('en-GB', { timeZone, day: '2-digit', month: '2-digit' }),
    time: new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }),
  };
  formats.set(timeZone, made);
  return made;
}

/** `hh:mm` in `tz`; with the day in front when it is another one than `now`'s. */
export function clock(at: number, now: number, tz: string): string {
  const { day, time } = formatsOf(tz);
  const [then, today] = [day.format(at), day.format(now)];
  return then === today ? time.format(at) : `${then.replace('/', '.')} ${time.format(at)}`;
}

/** Milliseconds of `8h`, `30m`, `2d`; null when it is not a duration. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,4})(m|h|d)$/.exec(text.trim().toLowerCase());
  if (!match) return null;
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] as 'm' | 'h' | 'd'];
  return Number(match[1]) * unit;
}
