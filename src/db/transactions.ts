import type { Db } from './open.ts';

type Together = <T>(work: () => T) => T;

/**
 * Runs work in one immediate transaction, or as a part of the one that is open. Made once per store: wrapping every
 * piece of work anew costs more than the transaction's own statements.
 */
export function createTogether({ $client }: Db): Together {
  return $client.transaction((work: () => unknown) => work()).immediate as Together;
}
