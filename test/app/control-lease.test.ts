import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCleanup } from '../../src/app/cleanup.ts';
import { takeControl } from '../../src/app/control-lease.ts';
import { createLeaseStore } from '../../src/db/leases.ts';
import { openDb } from '../../src/db/open.ts';
import { markStoppedInOrder, wasStoppedInOrder } from '../../src/db/ordered-stop.ts';
import { silentLogger } from '../../src/log.ts';
import { tempDir } from '../db/store.ts';

const TTL_MS = 60_000;

/** A control process of this host over one database file. */
function control(file: string, now: () => number) {
  const db = openDb({ file });
  const cleanup = createCleanup(silentLogger());
  onTestFinished(async () => {
    await cleanup.undo();
    db.$client.close();
  });
  const leases = createLeaseStore(db);
  const parts = { house: { db, leases }, place: { now, host: 'here', log: silentLogger() } };
  return { db, leases, take: () => takeControl(parts as never, cleanup), cleanup };
}

const held = ({ leases }: ReturnType<typeof control>) => leases.held().find(({ kind }) => kind === 'control');

/** Leaves the lease as a process that was killed did. */
function heldBy(file: string, holder: string, at: number): number {
  const db = openDb({ file });
  const got = createLeaseStore(db).acquire({ repo: '', kind: 'control', holder, ttlMs: TTL_MS, at });
  db.$client.close();
  return got.kind === 'acquired' ? got.fence : 0;
}

describe('Two control processes: the second refuses; holder killed → takeover after TTL with higher fence (REC-50)', () => {
  it('the second one refuses, naming holder and host', () => {
    const file = `${tempDir()}/orch.db`;
    // A process that lives: this test's parent.
    heldBy(file, `here:${process.ppid}`, 1_000);
    expect(() => control(file, () => 2_000).take()).toThrow(`here:${process.ppid}`);
    heldBy(`${file}2`, 'elsewhere:7', 1_000);
    expect(() => control(`${file}2`, () => 2_000).take()).toThrow('elsewhere:7');
  });

  it('a holder on another host is replaced after its time, with a higher fence', () => {
    const file = `${tempDir()}/orch.db`;
    const fence = heldBy(file, 'elsewhere:7', 1_000);
    expect(() => control(file, () => 1_000 + TTL_MS).take()).toThrow(/elsewhere/);
    const second = control(file, () => 1_000 + TTL_MS + 1);
    second.take();
    expect(held(second)).toMatchObject({ holder: `here:${process.pid}`, fence: fence + 1 });
  });

  it('a holder on this host whose process is proven dead is replaced at once, with a higher fence', async () => {
    const file = `${tempDir()}/orch.db`;
    const child = spawn('true');
    await once(child, 'exit');
    const fence = heldBy(file, `here:${child.pid}`, 1_000);
    const second = control(file, () => 1_001);
    second.take();
    expect(held(second)?.fence).toBeGreaterThan(fence);
  });

  it('an ordered end gives it back', async () => {
    const file = `${tempDir()}/orch.db`;
    const first = control(file, () => 1_000);
    first.take();
    await first.cleanup.undo();
    expect(held(first)).toBeUndefined();
  });
});

describe('the mark of a stop in order (REC-50)', () => {
  const ended = async (
    end: (held: ReturnType<typeof takeControl>, first: ReturnType<typeof control>) => void,
  ) => {
    const first = control(`${tempDir()}/orch.db`, () => 1_000);
    end(first.take(), first);
    await first.cleanup.undo();
    return wasStoppedInOrder(first.db.$client);
  };

  it('is set by the end of a start that was complete, and by no other', async () => {
    expect(await ended((held) => held.started())).toBe(true);
    expect(await ended(() => undefined)).toBe(false);
  });

  it('is not set for a file that was found damaged', async () => {
    expect(
      await ended((held) => {
        held.started();
        held.distrust();
      }),
    ).toBe(false);
  });

  it('is not set by a process that has lost its lease to another one', async () => {
    expect(
      await ended((held, { leases }) => {
        held.started();
        leases.acquire({ ...{ repo: '', kind: 'control', holder: 'elsewhere:7' }, ttlMs: 1, at: 100_000 });
      }),
    ).toBe(false);
  });

  it('is taken away by whoever takes control, who owes the check then', () => {
    const first = control(`${tempDir()}/orch.db`, () => 1_000);
    markStoppedInOrder(first.db.$client);
    expect(first.take().unchecked).toBe(true);
    expect(wasStoppedInOrder(first.db.$client)).toBe(false);
    expect(control(`${tempDir()}/other.db`, () => 1_000).take().unchecked).toBe(false);
  });
});
