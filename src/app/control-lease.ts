import { markInUse, markStoppedInOrder, wasStoppedInOrder } from '../db/ordered-stop.ts';
import { AppError } from '../errors.ts';
import { identify } from '../subprocess.ts';
import type { Cleanup } from './cleanup.ts';
import type { House } from './house.ts';
import type { Parts } from './parts.ts';

const S = 1000;
const CONTROL_TTL_MS = 60 * S;

/** The right of this process to the database, and what it may say of the file at its end. */
export interface Control {
  /** The file was left in order and so opened unchecked: the check is still owed. */
  unchecked: boolean;
  /** The start is complete: an end from now on leaves the file marked as stopped in order. */
  started(): void;
  /** The file is damaged or could not be looked at: the next start checks it first. */
  distrust(): void;
}

/** One control process per database (REC-50): the second one refuses to start, naming the holder. */
export function takeControl({ house, place }: Pick<Parts, 'house' | 'place'>, cleanup: Cleanup): Control {
  const { now, host } = place;
  const { db, leases } = house;
  const holder = `${host}:${process.pid}`;
  const claim = { repo: '', kind: 'control', holder, ttlMs: CONTROL_TTL_MS } as const;
  const got = leases.acquire({ ...claim, at: now() });
  const lease =
    got.kind === 'acquired'
      ? got
      : replaceDead(house, { claim, host, at: now(), held: got.lease.holder, fence: got.lease.fence });
  const unchecked = wasStoppedInOrder(db.$client);
  markInUse(db.$client);
  const beat = setInterval(
    () => leases.heartbeat({ ...claim, fence: lease.fence }, now()),
    CONTROL_TTL_MS / 4,
  );
  beat.unref();
  let inOrder = false;
  let trusted = true;
  // One transaction: whoever takes the lease after us finds the mark, and takes it away.
  const giveBack = db.$client.transaction(() => {
    const ours = leases.release({ ...claim, fence: lease.fence }, now());
    if (ours && inOrder && trusted) markStoppedInOrder(db.$client);
  });
  cleanup.add('control lease', () => {
    clearInterval(beat);
    giveBack.immediate();
  });
  return {
    unchecked,
    started() {
      inOrder = true;
    },
    distrust() {
      trusted = false;
    },
  };
}

interface Held {
  claim: { repo: string; kind: 'control'; holder: string; ttlMs: number };
  host: string;
  at: number;
  held: string;
  fence: number;
}

/** True where a holder `host:pid` was of this host and its process is proven dead. */
export function isHolderDead(holder: string, host: string): boolean {
  const colon = holder.lastIndexOf(':');
  // One that was killed may still wait for its parent to take notice: it holds nothing any more.
  return holder.slice(0, colon) === host && identify(Number(holder.slice(colon + 1))) === null;
}

/** A holder on this host whose process is gone is replaced at once. */
function replaceDead(house: House, { claim, host, at, held, fence }: Held): { fence: number } {
  if (isHolderDead(held, host)) {
    house.leases.release({ ...claim, fence }, at);
    const got = house.leases.acquire({ ...claim, at });
    if (got.kind === 'acquired') return got;
  }
  throw new AppError('already-running', `Another control process holds this data directory: ${held}.`, {
    fault: 'environment',
    hint: 'Stop it first, or use another --data-dir.',
  });
}
