/**
 * What the running service says about itself, compared with what should run (SHIP-181):
 * `same` – a prefix of the expected commit; `same-source` – another known commit with the same source tree;
 * `other` – anything else that is a commit, is unknown, or ends in `-dirty`; `not-exposed` – no commit is told.
 */
export type ServedMatch = 'same' | 'same-source' | 'other' | 'not-exposed';

export interface ServedSha {
  match: ServedMatch;
  /** The value as it was told, null when none was. */
  exposed: string | null;
}

/**
 * Source tree of a commit: its tree without the artefact paths. Takes full or shortened ids; null when the
 * clone does not know the commit.
 */
export type SourceTreeOf = (sha: string) => Promise<string | null>;

/** Compares an exposed value with the expected commit by prefix alone; `same-source` is never its answer. */
export function matchServedSha(exposed: unknown, expected: string): ServedSha {
  const value = typeof exposed === 'string' ? exposed.trim() : '';
  if (value === '') return { match: 'not-exposed', exposed: null };
  if (/-dirty$/i.test(value) && value.length > '-dirty'.length) return { match: 'other', exposed: value };
  if (!/^[0-9a-f]{7,64}$/i.test(value)) return { match: 'not-exposed', exposed: value };
  const same = expected.toLowerCase().startsWith(value.toLowerCase());
  return { match: same ? 'same' : 'other', exposed: value };
}

/**
 * The whole rule of SHIP-181: by prefix, else by source tree, since an image may have been built before the merge
 * or before a report was committed. A commit that git does not know stays `other`.
 */
export async function judgeServedSha(
  exposed: unknown,
  expected: string,
  sourceTreeOf?: SourceTreeOf,
): Promise<ServedSha> {
  const served = matchServedSha(exposed, expected);
  const named = served.exposed;
  if (served.match !== 'other' || named === null || !sourceTreeOf || /-dirty$/i.test(named)) return served;
  const [theirs, ours] = await Promise.all([sourceTreeOf(named), sourceTreeOf(expected)]);
  return theirs !== null && theirs === ours ? { ...served, match: 'same-source' } : served;
}

/** True when the service runs the expected source, or when it tells nothing and nothing is required (SHIP-182). */
export function servesExpected(served: ServedSha, rule: { requireServedSha: boolean }): boolean {
  if (served.match === 'not-exposed') return !rule.requireServedSha;
  return served.match !== 'other';
}
