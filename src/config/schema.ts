import type { Family, Group, Setting } from './setting.ts';
import { i18n, scopes, security } from './settings/access.ts';
import { agents } from './settings/agents.ts';
import { budgets } from './settings/budgets.ts';
import { db } from './settings/db.ts';
import { deploy, postDeploy } from './settings/deploy.ts';
import { forge } from './settings/forge.ts';
import { gates } from './settings/gates.ts';
import { merge } from './settings/merge.ts';
import { reaper, reconcile } from './settings/reconcile.ts';
import { redis } from './settings/redis.ts';
import { server } from './settings/server.ts';
import { labels, serialDeps, stop } from './settings/tasks.ts';
import { telegram } from './settings/telegram.ts';
import { tracker } from './settings/tracker.ts';

/** All settings in the order of the reference; one field per key. */
export const GROUPS = {
  server,
  redis,
  db,
  tracker,
  forge,
  telegram,
  agents,
  budgets,
  gates,
  merge,
  deploy,
  postDeploy,
  reconcile,
  reaper,
  serialDeps,
  labels,
  stop,
  i18n,
  security,
  scopes,
} as const;

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
type Pascal<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Capitalize<Lowercase<Head>>}${Pascal<Tail>}`
  : Capitalize<Lowercase<S>>;
type Identifier<S extends string> = S extends `${Digit}${string}` ? `http${S}` : S;
type Camel<S extends string> = Identifier<Uncapitalize<Pascal<S>>>;
type Bare<K, Strip extends string> = K extends `ORCH_${Strip}${infer Rest}`
  ? Rest
  : K extends `ORCH_${infer Rest}`
    ? Rest
    : never;
type Unstarred<S extends string> = S extends `${infer Head}_*` ? Head : S;

/** Property of a key: without `ORCH_`, the group's own word and `_*`, in camelCase. */
type PropertyOf<K, Strip extends string> = Camel<Unstarred<Bare<K, Strip>>>;
type ValueOf<F> =
  F extends Family<infer W, infer T> ? Readonly<Record<W, T>> : F extends Setting<infer T> ? T : never;
type GroupValues<G> =
  G extends Group<infer F, infer S> ? { readonly [K in keyof F as PropertyOf<K, S>]: ValueOf<F[K]> } : never;

/**
 * The values in force, frozen, by group: `config.redis.url`, `config.agents.firstByteTimeoutS`,
 * `config.agents.model.developer`. Units are part of the names; `off` of a budget or time is null.
 */
export type Config = { readonly [G in keyof typeof GROUPS]: GroupValues<(typeof GROUPS)[G]> };

/** One environment variable of the product and where its value goes. */
export interface Definition {
  readonly key: string;
  readonly setting: Setting<unknown>;
  readonly groupTitle: string;
  /** `[group, property]`, with a third part for a member of a family. */
  readonly path: readonly string[];
}

/** The runtime twin of `PropertyOf`. */
function propertyOf(key: string, strip: string): string {
  const bare = key.replace(/^ORCH_/, '').replace(/_\*$/, '');
  const rest = strip !== '' && bare.startsWith(strip) ? bare.slice(strip.length) : bare;
  const camel = rest.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return /^\d/.test(camel) ? `http${camel}` : camel;
}

/** Every key once, families written out, in the order of the reference. */
export function listDefinitions(): Definition[] {
  return Object.entries(GROUPS).flatMap(([name, { title, strip, fields }]) =>
    Object.entries<Setting<unknown> | Family<string, unknown>>(fields).flatMap(([key, field]) => {
      const path = [name, propertyOf(key, strip)];
      if (!('words' in field)) return [{ key, setting: field, groupTitle: title, path }];
      return field.words.map((word) => ({
        key: key.replace('*', word.toUpperCase()),
        setting: field.each,
        groupTitle: title,
        path: [...path, word],
      }));
    }),
  );
}
