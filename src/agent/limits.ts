/** Usage limits of the provider: when they reset, and until when to park (AGENT-43). */

const HALF_HOUR_MS = 30 * 60_000;
const MIN_MS = 60_000;
const MAX_MS = 8 * 24 * 3_600_000;

/** Texts by which the CLI says that a limit is reached; applied only to its own words (AGENT-38). */
const EPOCH = /usage limit reached\|(\d{9,13})/i;
const RESETS = /You've hit your [^\n]{0,60}limit\s*[·-]\s*resets (?:at )?([^()\n]{1,40})\(([^)\n]{1,60})\)/i;
const WILL_RESET = /limit will reset (?:at |on )?([^()\n]{1,40})\(([^)\n]{1,60})\)/i;
const NO_TIME = /You've hit your [^\n]{0,60}limit|usage limit reached/i;

export interface LimitText {
  /** Epoch ms; null when the text names no readable time. */
  resetsAtMs: number | null;
}

/** What a text says about a limit; null when it says nothing of the kind. `now` in epoch ms. */
export function readLimitText(text: string, now: number): LimitText | null {
  const epoch = EPOCH.exec(text)?.[1];
  if (epoch) return { resetsAtMs: epoch.length > 10 ? Number(epoch) : Number(epoch) * 1000 };
  const named = RESETS.exec(text) ?? WILL_RESET.exec(text);
  if (named) return { resetsAtMs: parseReset(named[1] ?? '', named[2] ?? '', now) };
  return NO_TIME.test(text) ? { resetsAtMs: null } : null;
}

export interface ParkFacts {
  now: number;
  resetsAtMs: number | null;
  /** Limits in a row without a known reset before this one; doubles the half hour up to 4 h. */
  unknownBefore: number;
  /** `ORCH_USAGE_LIMIT_JITTER_S`. */
  jitterS: number;
  /** 0 … 1. */
  random: number;
}

/** Epoch ms until which every model job of the account is parked (AGENT-43). */
export function parkUntil(facts: ParkFacts): number {
  const guess = Math.min(HALF_HOUR_MS * 2 ** facts.unknownBefore, 8 * HALF_HOUR_MS);
  const wanted = facts.resetsAtMs ?? facts.now + guess;
  const clamped = Math.min(Math.max(wanted, facts.now + MIN_MS), facts.now + MAX_MS);
  return Math.round(clamped + facts.random * facts.jitterS * 1000);
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `3pm`, `3:30 pm`, `15:00`, `Nov 23, 3pm` or `Nov 23 at 3pm` in a zone: the next such instant. */
function parseReset(words: string, zone: string, now: number): number | null {
  const time = /(\d{1,2})(?::(\d{2}))?\s*(am|pm)?\s*$/i.exec(words.trim());
  if (!time || !isZone(zone.trim())) return null;
  const half = time[3]?.toLowerCase();
  const clock = Number(time[1]);
  const hour = half ? (clock % 12) + (half === 'pm' ? 12 : 0) : clock;
  const at = { hour, minute: Number(time[2] ?? 0), zone: zone.trim() };
  if (at.hour > 23 || at.minute > 59) return null;
  const date = /([A-Za-z]{3})[a-z]*\.? (\d{1,2})/.exec(words);
  const month = date ? MONTHS.indexOf((date[1] ?? '').toLowerCase()) : -1;
  const today = localDate(now, at.zone);
  if (date && month >= 0) {
    const day = { month, day: Number(date[2]) };
    const instant = instantOf({ year: today.year, ...day }, at);
    return instant < now - 24 * 3_600_000 ? instantOf({ year: today.year + 1, ...day }, at) : instant;
  }
  const instant = instantOf(today, at);
  return instant > now ? instant : instantOf({ ...today, day: today.day + 1 }, at);
}

interface LocalDate {
  year: number;
  month: number;
  day: number;
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).format(0) !== '';
  } catch {
    return false;
  }
}

function localParts(epochMs: number, zone: string): number[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const parts = new Map(format.formatToParts(epochMs).map((part) => [part.type, Number(part.value)]));
  return ['year', 'month', 'day', 'hour', 'minute', 'second'].map(
    (name) => parts.get(name as Intl.DateTimeFormatPartTypes) ?? 0,
  );
}

function localDate(epochMs: number, zone: string): LocalDate {
  const [year = 1970, month = 1, day = 1] = localParts(epochMs, zone);
  return { year, month: month - 1, day };
}

/** The instant at which a clock in `zone` shows this date and time. */
function instantOf(date: LocalDate, at: { hour: number; minute: number; zone: string }): number {
  const wanted = Date.UTC(date.year, date.month, date.day, at.hour, at.minute);
  // Two rounds settle the offset also next to a daylight-saving change.
  let guess = wanted;
  for (let round = 0; round < 2; round++) guess += wanted - shownAt(guess, at.zone);
  return guess;
}

function shownAt(epochMs: number, zone: string): number {
  const [year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0] = localParts(epochMs, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
