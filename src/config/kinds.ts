import { z } from 'zod';
import { type Extra, type Setting, setting } from './setting.ts';

const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

/** A text schema whose `read` gives the value, or undefined when the text is not of the type. */
export const textOf = <T>(expected: string, read: (text: string) => T | undefined): z.ZodType<T, string> =>
  z.string().transform((text, ctx) => {
    const value = read(text);
    if (value !== undefined) return value;
    ctx.addIssue({ code: 'custom', message: `is not ${expected}` });
    return z.NEVER;
  });

const boolSchema = textOf('a bool (true or false)', (text) => {
  const word = text.toLowerCase();
  return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined;
});

export const bool = (standard: boolean, meaning: string): Setting<boolean> =>
  setting({ kind: 'bool', type: 'bool', schema: boolSchema }, meaning, { default: String(standard) });

/** A switch whose `false` removes a feature completely (SET-6). */
export const killSwitch = (standard: boolean, meaning: string): Setting<boolean> => ({
  ...bool(standard, meaning),
  kill: true,
});

/** Inclusive limits of a number; `min` is 0 when absent. */
export interface Range {
  min?: number;
  max?: number;
}

const between = (value: number, { min = 0, max = Number.MAX_SAFE_INTEGER }: Range) =>
  value >= min && value <= max;

const rangeWords = ({ min = 0, max }: Range): string =>
  max === undefined ? (min > 0 ? ` ≥ ${min}` : '') : ` ${min}–${max}`;

const spoken = ({ min = 0, max }: Range): string =>
  max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;

export const int = <const E extends Extra>(meaning: string, extra: E, range: Range = {}) =>
  setting(
    {
      kind: 'int',
      type: `int${range.min === undefined || range.min >= 0 ? rangeWords(range) : ''}`,
      schema: textOf(`a whole number ${spoken(range)}`, (text) =>
        /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) && between(Number(text), range)
          ? Number(text)
          : undefined,
      ),
    },
    meaning,
    extra,
  );

export const float = <const E extends Extra>(meaning: string, extra: E, range: Range = {}) =>
  setting(
    {
      kind: 'float',
      type: `float${rangeWords(range)}`,
      schema: textOf(`a decimal number ${spoken(range)}`, (text) =>
        /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) && between(Number(text), range) ? Number(text) : undefined,
      ),
    },
    meaning,
    extra,
  );

/** A positive amount of US dollars; `off` reads as null: no cap. */
export const usd = <const E extends Extra>(meaning: string, extra: E) =>
  setting<number | null, E>(
    {
      kind: 'usd',
      type: 'usd',
      schema: textOf('a positive number or "off"', (text) =>
        text.toLowerCase() === 'off'
          ? null
          : /^(\d+\.?\d*|\.\d+)$/.test(text) && Number(text) > 0
            ? Number(text)
            : undefined,
      ),
    },
    meaning,
    extra,
  );

/** An absolute http(s) URL without trailing slash, or undefined. */
export function readUrl(text: string): string | undefined {
  if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) return undefined;
  return text.replace(/\/+$/, '');
}

export const url = <const E extends Extra>(meaning: string, extra: E) =>
  setting(
    { kind: 'url', type: 'url', schema: textOf('an absolute http or https URL', readUrl) },
    meaning,
    extra,
  );

/** A path; `load.ts` makes it absolute (SET-4). A default without slash is a program name and stays. */
export const path = <const E extends Extra>(meaning: string, extra: E) =>
  setting(
    {
      kind: 'path',
      type: 'path',
      schema: textOf('a path', (text) => (text.includes('\0') ? undefined : text)),
    },
    meaning,
    extra,
  );

export const string = <const E extends Extra>(meaning: string, extra: E) =>
  setting({ kind: 'string', type: 'string', schema: z.string() }, meaning, extra);

/** A string of a stated form. */
export const formatted = <T, const E extends Extra>(
  form: { type: string; expected: string; read: (text: string) => T | undefined },
  meaning: string,
  extra: E,
) => setting({ kind: 'string', type: form.type, schema: textOf(form.expected, form.read) }, meaning, extra);

export const secret = <const E extends Extra>(meaning: string, extra: E): Setting<string | undefined> => ({
  ...setting<string | undefined, E>({ kind: 'secret', type: 'secret', schema: z.string() }, meaning, extra),
  secret: true,
});

const items = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Comma-separated words, each read by `item`. Unset is the empty list. */
export const csv = <T = string>(
  meaning: string,
  extra: Extra & { type?: string },
  item?: { expected: string; read: (text: string) => T | undefined },
): Setting<readonly T[]> => {
  const { type = 'csv', ...rest } = extra;
  const schema = textOf<readonly T[]>(item?.expected ?? 'a comma-separated list', (text) => {
    const values = items(text).map((word) => (item ? item.read(word) : (word as T)));
    return values.some((value) => value === undefined) ? undefined : (values as T[]);
  });
  return setting({ kind: 'csv', type, schema }, meaning, {
    ...rest,
    default: rest.default ?? '',
    ...(rest.default === undefined ? { defaultWords: rest.defaultWords ?? 'unset' } : {}),
  });
};

/** Repository scope (SET-5): `*` is every project, else names in lower case. */
export const repos = (meaning: string): Setting<'*' | readonly string[]> =>
  setting(
    {
      kind: 'repos',
      type: 'repos',
      schema: z
        .string()
        .transform(
          (text) => (text === '*' ? '*' : items(text).map((name) => name.toLowerCase())) as '*' | string[],
        ),
    },
    meaning,
    { default: '*', defaultWords: 'every project' },
  );

/** One JSON value of the stated shape. */
export const json = <T, const E extends Extra>(
  shape: { type: string; expected: string; schema: z.ZodType<T> },
  meaning: string,
  extra: E,
) =>
  setting(
    {
      kind: 'json',
      type: shape.type,
      schema: textOf(shape.expected, (text) => {
        try {
          const parsed = shape.schema.safeParse(JSON.parse(text));
          return parsed.success ? parsed.data : undefined;
        } catch {
          return undefined;
        }
      }),
    },
    meaning,
    extra,
  );

/** One of the listed words, any case. */
export const oneOf = <const W extends string, const E extends Extra>(
  words: readonly W[],
  meaning: string,
  extra: E,
) =>
  setting(
    {
      kind: 'enum',
      type: `enum ${words.map((word) => `\`${word}\``).join(', ')}`,
      schema: z.string().transform((text, ctx) => {
        const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
        if (found !== undefined) return found;
        ctx.addIssue({ code: 'custom', message: `is not allowed (${words.join(', ')})` });
        return z.NEVER;
      }),
    },
    meaning,
    extra,
  );
