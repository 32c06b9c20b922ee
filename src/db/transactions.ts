import { AsyncResource } from 'node:async_hooks';
import type { Db } from './open.ts';

type Together = <T>(work: () => T) => T;

/**
 * Runs work in one immediate transaction, or as a part of the one that is open. Made once per store: wrapping every
 * piece of work anew costs more than the transaction's own statements.
 */
export function createTogether({ $client }: Db): Together {
  return $client.transaction((work: () => unknown) => work()).immediate as Together;
}

/**
 * Writes with all that is asked for in the same turn of the event loop, in that order, as one transaction: who waits for a
 * commit waits for the same one. Resolves once it is committed; work that throws takes back its own writes alone.
 */
export type Grouped = <T>(work: () => T) => Promise<T>;

interface Piece {
  /** Does the work; the returned function tells its end, which only the commit makes true. */
  attempt: () => () => void;
  fail: (error: unknown) => void;
}

/** Made once per database: pieces that share nothing but the moment share a commit as well. */
export function createGrouped(db: Db): Grouped {
  const together = createTogether(db);
  let group: Piece[] = [];
  const commit = (): void => {
    const mine = group;
    group = [];
    let ends: (() => void)[] = [];
    try {
      ends = together(() => mine.map(({ attempt }) => attempt()));
    } catch (error) {
      ends = mine.map((piece) => () => piece.fail(error));
    }
    for (const end of ends) end();
  };
  const attempt = <T>(work: () => T, resolve: (value: T) => void, fail: Piece['fail']) => {
    try {
      const value = together(work);
      return () => resolve(value);
    } catch (error) {
      return () => fail(error);
    }
  };
  return <T>(work: () => T) =>
    new Promise<T>((resolve, fail) => {
      if (group.length === 0) setImmediate(commit);
      // Each in the context of who asked for it: what it starts belongs to that trace.
      const own = AsyncResource.bind(work);
      group.push({ attempt: () => attempt(own, resolve, fail), fail });
    });
}
