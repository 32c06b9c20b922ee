import { AppError } from '../errors.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** One opening: on these weekdays (0 = Sunday), from minute to minute of the local day. */
interface Opening {
  days: readonly number[];
  fromMinute: number;
  toMinute: number;
}

/** A parsed `deploy_window`; several openings are separated by semicolons. */
export type DeployWindow = readonly Opening[];

/**
 * Parses `Mon-Thu 09:00-17:00`, `Sat,Sun 10:00-12:00; Wed 22:00-24:00` (SHIP-86). Days may wrap (`Fri-Mon`); an
 * opening that passes midnight is written as two. Throws `deploy-window-invalid`.
 */
export function parseDeployWindow(text: string): DeployWindow {
  return text
    .split(';')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [, dayText = '', from = '', to = ''] =
        /^\s*(\S.*?)\s+(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)\s*$/.exec(part) ?? [];
      const opening = { days: parseDays(dayText), fromMinute: parseMinute(from), toMinute: parseMinute(to) };
      if (opening.days.length === 0 || !(opening.fromMinute < opening.toMinute)) throw invalid(part);
      return opening;
    });
}

/** When deploys may happen next: `at` itself while the window is open or empty, else the start of the next opening. */
export function nextOpening(window: DeployWindow, at: number, timeZone: string): number {
  const opens = window.flatMap((opening) => startsAround(opening, at, timeZone));
  if (window.length === 0) return at;
  return opens.reduce((best, start) => Math.min(best, Math.max(start, at)), Number.POSITIVE_INFINITY);
}

/** Starts of an opening that ends after `at`, from yesterday to a week ahead. */
function startsAround(opening: Opening, at: number, timeZone: string): number[] {
  const today = localParts(at, timeZone);
  const starts: number[] = [];
  for (let offset = -1; offset <= 8; offset += 1) {
    const midnight = today.midnightUtc + offset * DAY_MS;
    if (!opening.days.includes(new Date(midnight).getUTCDay())) continue;
    const end = instantOf(midnight + opening.toMinute * MINUTE_MS, timeZone);
    if (end > at) starts.push(instantOf(midnight + opening.fromMinute * MINUTE_MS, timeZone));
  }
  return starts;
}

/** The instant at which a zone's clock shows this wall time, given as if it were UTC. */
function instantOf(wall: number, timeZone: string): number {
  let instant = wall;
  // Twice, because the first guess may lie on the other side of a clock change.
  for (let round = 0; round < 2; round += 1) instant = wall - offsetAt(instant, timeZone);
  return instant;
}

const offsetAt = (at: number, timeZone: string): number => {
  const wholeMinute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  return localParts(wholeMinute, timeZone).wallUtc - wholeMinute;
};

/** A zone's wall clock, written as if it were UTC. */
function localParts(at: number, timeZone: string): { wallUtc: number; midnightUtc: number } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(at);
  const value = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value);
  const midnightUtc = Date.UTC(value('year'), value('month') - 1, value('day'));
  return { midnightUtc, wallUtc: midnightUtc + (value('hour') * 60 + value('minute')) * MINUTE_MS };
}

function parseDays(text: string): number[] {
  const days = text.split(',').map((part) => {
    const [first, last = first] = part.split('-').map((name) => DAYS.indexOf(capitalise(name.trim())));
    if (first === undefined || last === undefined || first < 0 || last < 0 || part.split('-').length > 2)
      return null;
    return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, step) => (first + step) % 7);
  });
  return days.includes(null) ? [] : days.flatMap((list) => list ?? []);
}

const capitalise = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1, 3).toLowerCase();

/** Minutes since midnight; NaN for a time that does not exist. 24:00 is the end of the day. */
function parseMinute(text: string): number {
  const [hours = Number.NaN, minutes = Number.NaN] = text.split(':').map(Number);
  const valid = minutes < 60 && (hours < 24 || (hours === 24 && minutes === 0));
  return valid ? hours * 60 + minutes : Number.NaN;
}

function invalid(part: string): AppError {
  return new AppError(
    'deploy-window-invalid',
    `deploy_window: expected "Mon-Thu 09:00-17:00", found "${part.trim()}".`,
    {
      fault: 'user',
      hint: 'Correct the entry in the project registry.',
    },
  );
}
