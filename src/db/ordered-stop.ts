import type Sqlite from 'better-sqlite3';

/*
 * How the file was left, in SQLite's `user_version`: it needs no table, and is there before any migration. Whoever may write
 * takes the mark away first; only the control process sets it, as the last thing it writes (record 103).
 */

const IN_USE = 0;
const STOPPED_IN_ORDER = 1;

/** Throws what SQLite throws at a file it cannot read. */
export const wasStoppedInOrder = (client: Sqlite.Database): boolean =>
  client.pragma('user_version', { simple: true }) === STOPPED_IN_ORDER;

/** On the disk before it returns: a mark that came back after a power cut would vouch for a file nobody has looked at. */
export function markInUse(client: Sqlite.Database): void {
  if (!wasStoppedInOrder(client)) return;
  const synchronous = Number(client.pragma('synchronous', { simple: true }));
  client.pragma('synchronous = FULL');
  client.pragma(`user_version = ${IN_USE}`);
  client.pragma(`synchronous = ${synchronous}`);
}

/** May be part of a transaction. */
export const markStoppedInOrder = (client: Sqlite.Database): void =>
  void client.pragma(`user_version = ${STOPPED_IN_ORDER}`);
