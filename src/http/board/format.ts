import type { Instant } from '../../pipeline/events.ts';
import { type Lang, WORDS, type Words } from './words.ts';

/** What pages are written with: the words of one language, and its way to say times and amounts. */
export interface Style {
  words: Words;
  lang: Lang;
  now: Instant;
  /** `14:05`, and the date when it is not today. */
  clock(at: Instant): string;
  duration(ms: number): string;
  usd(amount: number): string;
  count(n: number): string;
  stage(name: string): string;
}

const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;

/** Two units at most: `3 h 12 min`. */
function durationText(ms: number, { units }: Words): string {
  const pair = (big: number, bigUnit: string, small: number, unit: string): string => {
    const whole = Math.floor(ms / big);
    const rest = Math.floor((ms % big) / small);
    return rest === 0 ? `${whole} ${bigUnit}` : `${whole} ${bigUnit} ${rest} ${unit}`;
  };
  if (ms < MIN) return `${Math.max(0, Math.round(ms / S))} ${units.s}`;
  if (ms < H)
    return ms < 10 * MIN ? pair(MIN, units.min, S, units.s) : `${Math.round(ms / MIN)} ${units.min}`;
  return ms < D ? pair(H, units.h, MIN, units.min) : pair(D, units.d, H, units.h);
}

/** The style of one page. `tz` is an IANA zone. */
export function createStyle({ lang, tz, now }: { lang: Lang; tz: string; now: Instant }): Style {
  const words = WORDS[lang];
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(lang, { timeZone: tz, ...options });
  const time = part({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const day = part({ day: 'numeric', month: 'short' });
  return {
    words,
    lang,
    now,
    clock: (at) =>
      day.format(at) === day.format(now) ? time.format(at) : `${day.format(at)}, ${time.format(at)}`,
    duration: (ms) => durationText(ms, words),
    usd: (amount) => `$${amount.toFixed(2)}`,
    count: (n) => new Intl.NumberFormat(lang, { notation: 'compact', maximumFractionDigits: 1 }).format(n),
    stage: (name) => name.charAt(0).toUpperCase() + name.slice(1).replace('-', ' '),
  };
}
