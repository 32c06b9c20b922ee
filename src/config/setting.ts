import type { z } from 'zod';

/** Kind words of the settings reference (SET-4). */
export type Kind =
  | 'bool'
  | 'int'
  | 'float'
  | 'usd'
  | 'url'
  | 'path'
  | 'csv'
  | 'repos'
  | 'json'
  | 'enum'
  | 'secret'
  | 'string';

/**
 * One setting: how its text is read and how it is described. `T` is the type of the value in force,
 * `undefined` included where nothing is the default.
 */
export interface Setting<T> {
  readonly kind: Kind;
  /** Type as the reference prints it, e.g. `int ≥ 1`. */
  readonly type: string;
  /** From the text of the variable (trimmed, not empty) to the value. */
  readonly schema: z.ZodType<T, string>;
  /** The default as text; `<data>`, `<db>`, `<repos>`, `<host>`, `<log>` and `=KEY` are resolved at load. Absent: unset. */
  readonly default?: string;
  /** The default in words, where the text alone would not tell. */
  readonly defaultWords?: string;
  readonly meaning: string;
  /** What to do about a wrong value, in place of the sentence made from type and default. */
  readonly fix?: (text: string) => string | undefined;
  /** Kill-switch (SET-6). */
  readonly kill?: true;
  /** Never printed, logged or passed on (SET-7). */
  readonly secret?: true;
  /** Older or foreign names that are accepted as this key. */
  readonly aliases?: readonly string[];
}

/** What every declaration may add to its type. */
export interface Extra {
  default?: string;
  defaultWords?: string;
  fix?: (text: string) => string | undefined;
  aliases?: readonly string[];
}

/** A setting whose default is stated always has a value; `=KEY` follows a key that may be unset. */
type Of<T, E extends Extra> = E extends { default: `=${string}` }
  ? T | undefined
  : E extends { default: string }
    ? T
    : T | undefined;

type Base<T> = Pick<Setting<T>, 'kind' | 'type' | 'schema'>;

/** Puts a type, a meaning and the extras together; the only cast of the room: a default makes `T` present. */
export function setting<T, const E extends Extra>(
  base: Base<T>,
  meaning: string,
  extra: E,
): Setting<Of<T, E>> {
  return { ...base, meaning, ...extra } as unknown as Setting<Of<T, E>>;
}

/** One key per word: `ORCH_AGENT_MODEL_*` over the roles gives a record by lower-case word. */
export interface Family<W extends string, T> {
  readonly words: readonly W[];
  readonly each: Setting<T>;
}

/** Declares a family; `key` of the declaration holds `*` where the word goes. */
export function family<const W extends string, T>(words: readonly W[], each: Setting<T>): Family<W, T> {
  return { words, each };
}

/** One group of the reference: `strip` is the part of the keys that the group's name already says. */
export interface Group<F, S extends string> {
  readonly title: string;
  readonly strip: S;
  readonly fields: F;
}

export type Fields = Readonly<Record<`ORCH_${string}`, Setting<unknown> | Family<string, unknown>>>;

/** Declares a group of settings, keys in the order of the reference. */
export function group<const F extends Fields, const S extends string = ''>(
  title: string,
  fields: F,
  strip?: S,
): Group<F, S> {
  return { title, strip: (strip ?? '') as S, fields };
}
