import { readFileSync } from 'node:fs';
import { FluentBundle, FluentResource } from '@fluent/bundle';
import { AppError } from '../errors.ts';
import type { Lang } from './chat-store.ts';
import * as format from './format.ts';
import { clean } from './markup.ts';

export const LANGS: readonly Lang[] = ['en', 'ru'];

export type Args = Readonly<Record<string, string | number | null | undefined>>;

/** All chat texts of one language and time zone (CHAT-6). */
export interface Texts {
  readonly lang: Lang;
  readonly tz: string;
  /** A text; arguments are cleaned of what foreign text must not carry, a missing one prints `—`. */
  t(key: string, args?: Args): string;
  has(key: string): boolean;
  duration(ms: number | null | undefined): string;
  /** `hh:mm` in the time zone; the day too when it is not the day of `now`. */
  clock(at: number, now: number): string;
}

/** Text sources by language; reading them is the only I/O. */
export type Sources = Readonly<Record<Lang, string>>;

/** Reads the shipped texts. */
export const readSources = (): Sources => ({
  en: readFileSync(new URL('./locales/en.ftl', import.meta.url), 'utf8'),
  ru: readFileSync(new URL('./locales/ru.ftl', import.meta.url), 'utf8'),
});

function bundleOf(lang: Lang, source: string): FluentBundle {
  const bundle = new FluentBundle(lang, { useIsolating: false });
  const [problem] = bundle.addResource(new FluentResource(source));
  // Fluent passes over what it cannot read; a text that is written must be there.
  const unread = [...source.matchAll(/^([a-zA-Z][\w-]*) =/gm)].find(
    ([, key = '']) => !bundle.hasMessage(key),
  );
  if (problem || unread)
    throw new AppError(
      'texts_invalid',
      `The texts of "${lang}" cannot be read: ${problem?.message ?? `look at "${unread?.[1]}"`}`,
    );
  return bundle;
}

/** Names of all variables, so that a missing argument prints `—` instead of failing. */
const blanksOf = (source: string): Record<string, string> =>
  Object.fromEntries([...source.matchAll(/\{ \$([A-Za-z0-9_]+) \}/g)].map((match) => [match[1] ?? '', '—']));

function argsOf(args: Args): Record<string, string> {
  const given = Object.entries(args).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [key, clean(String(value))]));
}

/** One `Texts` per language; a text missing in Russian falls back to English, a missing key prints itself. */
export function createCatalog(sources: Sources = readSources()): (lang: Lang, tz?: string) => Texts {
  const bundles = { en: bundleOf('en', sources.en), ru: bundleOf('ru', sources.ru) };
  const blanks = blanksOf(sources.en);
  return (lang, tz = 'UTC') => ({
    lang,
    tz,
    has: (key) => bundles.en.hasMessage(key),
    t(key, args = {}) {
      for (const bundle of [bundles[lang], bundles.en]) {
        const pattern = bundle.getMessage(key)?.value;
        if (pattern) return bundle.formatPattern(pattern, { ...blanks, ...argsOf(args) }, []);
      }
      return key;
    },
    duration: (ms) => format.duration(ms, lang),
    clock: (at, now) => format.clock(at, now, tz),
  });
}

/** Texts of one language, for surfaces that speak one (CLI, HTTP). */
export const createTexts = (lang: Lang, tz = 'UTC'): Texts => createCatalog()(lang, tz);
