import { describe, expect, it } from 'vitest';
import { blockUnknown, compareRestored, RESTORED } from '../../src/app/boot-checks.ts';
import { createChatStore } from '../../src/db/chat-store.ts';
import { silentLogger } from '../../src/log.ts';
import { command, started, storeOf } from '../db/store.ts';
import { projectOf } from '../support/machine.ts';

const HEAD = 'a'.repeat(40);

function bench() {
  const store = storeOf();
  const { id } = started(store, 1);
  const house = { ...store, chat: createChatStore(store.db) };
  const edit = (change: Record<string, unknown>): void => {
    const state = { ...store.tasks.get(id), ...change };
    const { activity } = state as { activity: { kind: string } };
    store.db.$client
      .prepare('update tasks set state = ?, stage = ?, activity = ? where id = ?')
      .run(JSON.stringify(state), String(state.stage), activity.kind, id);
  };
  const place = { now: () => 5_000, log: silentLogger() };
  return { ...store, house, id, edit, place, now: () => store.tasks.get(id) };
}

describe('values of another program (REC-173)', () => {
  it.each([
    ['a stage', { stage: 'polishing' }],
    ['a kind of waiting', { activity: { kind: 'meditating', since: 1, deadline: 2, facts: {} } }],
    ['a stage that failed', { failedStage: 'polishing' }],
  ])('%s that is not known waits for a person, and the start goes on', (_, change) => {
    const { house, place, edit, now, id, engine } = bench();
    edit(change);
    expect(blockUnknown({ house, place } as never)).toBe(1);
    expect(now()).toMatchObject({ stage: 'analysis', activity: { kind: 'blocked', cause: 'unknown-state' } });
    expect(blockUnknown({ house, place } as never)).toBe(0);
    expect(engine.apply(command(id, 'retry'))).toMatchObject({ ok: true });
  });

  it('known values are left alone', () => {
    const { house, place, now } = bench();
    const before = now();
    expect([blockUnknown({ house, place } as never), now()]).toEqual([0, before]);
  });
});

describe('after a restore (REC-163)', () => {
  const compare = async (
    b: ReturnType<typeof bench>,
    seen: { head: string | null | Error; pull?: string },
  ): Promise<unknown> => {
    b.house.chat.putMemo(RESTORED, '1');
    const mirror = {
      fetch: async () => {
        if (seen.head instanceof Error) throw seen.head;
      },
      head: async () => seen.head,
    };
    const rooms = {
      workspace: { open: () => ({ mirror }) },
      forgeFor: () => ({ getPr: async () => ({ kind: 'ok', value: { state: seen.pull ?? 'open' } }) }),
    };
    await compareRestored({ house: b.house, place: b.place, project: () => projectOf(), rooms } as never);
    const activity = b.now()?.activity as { kind: string; cause?: string; reason?: string };
    return activity.kind === 'blocked' ? `${activity.cause}: ${activity.reason}` : activity.kind;
  };
  const atDeploy = () => {
    const b = bench();
    b.edit({ prepared: true, headSha: HEAD, prNumber: 9 });
    return b;
  };

  it('a branch where the backup knows it goes on', async () => {
    expect(await compare(atDeploy(), { head: HEAD })).toBe('working');
  });

  it.each([
    ['a branch that is ahead', { head: 'b'.repeat(40) }, /bbbbbbb, the backup knows aaaaaaa/],
    ['a branch that is gone', { head: null }, /gone/],
    ['inc-113 a pull request merged since', { head: HEAD, pull: 'merged' }, /#9 was merged after the backup/],
    ['a forge that does not answer', { head: new Error('502') }, /could not be compared.*502/],
  ])('%s waits for a person', async (_, seen, expected) => {
    expect(await compare(atDeploy(), seen)).toMatch(expected);
  });

  it('is compared once', async () => {
    const b = atDeploy();
    await compare(b, { head: HEAD });
    expect(b.house.chat.memo(RESTORED)).toBeNull();
  });
});
