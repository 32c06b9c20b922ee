import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitingApproval, awaitingConfirm, settle } from '../support/bot/stages.ts';
import { createVirtualTime } from '../support/bot/virtual-time.ts';
import { createWorld, type World } from '../support/bot/world.ts';
import type { Person } from '../support/telegram/people.ts';

/** CB-20 to CB-22: a question between a tap and what cannot be undone. */
describe('a second step', () => {
  let world: World;
  let ada: Person;
  const open = async (options: Parameters<typeof createWorld>[0] = {}): Promise<void> => {
    world = await createWorld(options);
    world.pair(11, 'Ada', 'owner');
    ada = world.server.person({ id: 11, name: 'Ada' });
  };
  beforeEach(() => open());
  afterEach(() => world.close());

  const questions = () => ada.messages(50).filter(({ text }) => /^(Deploy|Stop) SHOP-001/.test(text ?? ''));
  const cardOf = (start: string) => ada.sees(({ text }) => text?.startsWith(start) === true);

  it('is asked once, however often the button is tapped', async () => {
    world.put(awaitingConfirm(11, Date.now()));
    await world.bot.refreshCard(1);
    const card = await cardOf('🛠️ SHOP-001');
    const tap = () => ada.presses('🚀 Deploy a1f0000', { messageId: card.message_id });
    expect((await tap()).text).toBe('Please confirm below.');
    await ada.seesButton('Yes, deploy');
    expect((await tap()).text).toBe('Please confirm below.');
    await world.bot.idle();
    expect(questions()).toHaveLength(1);
    expect((await ada.presses('Yes, deploy')).text).toContain('Done:');
  });

  it('asked for again in words replaces the older question', async () => {
    world.put(awaitingApproval(11, Date.now()));
    ada.says('/stop SHOP-001 first reason');
    await ada.seesButton('Yes, stop');
    const [older] = questions();
    ada.says('/stop SHOP-001 better reason');
    await ada.sees(
      ({ text, message_id }) =>
        text?.startsWith('Stop SHOP-001') === true && message_id > (older?.message_id ?? 0),
    );
    expect(questions()).toHaveLength(1);
    await ada.presses('Yes, stop');
    expect(world.tasks.get(1)?.stop?.reason).toBe('better reason');
  });

  it('of STOP is asked anew for where the task is now when it moved in between (CB-21)', async () => {
    world.put(awaitingApproval(11, Date.now()));
    ada.says('/stop SHOP-001 not needed');
    await ada.seesButton('Yes, stop');
    const [older] = questions();
    const actor = { surface: 'cli' as const, id: 'bob', name: 'Bob', role: 'owner' as const };
    world.apply({ kind: 'command', name: 'approve', key: 'bob', target: { task: 1 }, at: Date.now(), actor });
    await world.deliver();
    expect((await ada.presses('Yes, stop')).text).toBe(
      'This button belongs to Analysis; the task is at Architecture.',
    );
    expect(world.tasks.get(1)?.stop).toBeNull();
    await ada.sees(({ text }) => text?.startsWith('Stop SHOP-001 at Architecture?') === true);
    expect(questions().map(({ message_id }) => message_id)).not.toContain(older?.message_id);
    expect((await ada.presses('Yes, stop')).text).toBe('Done: SHOP-001 is stopping.');
    expect(world.tasks.get(1)?.stop).toMatchObject({ by: 'Ada', reason: 'not needed' });
  });

  it('of STOP goes when the task has ended meanwhile (CB-6)', async () => {
    world.put(awaitingApproval(11, Date.now()));
    ada.says('/stop SHOP-001');
    await ada.seesButton('Yes, stop');
    const actor = { surface: 'cli' as const, id: 'bob', name: 'Bob', role: 'owner' as const };
    world.apply({ kind: 'command', name: 'stop', key: 'bob', target: { task: 1 }, at: Date.now(), actor });
    settle(world, 1, [{ step: 'stop', evidence: { archiveRef: null } }]);
    await world.deliver();
    await ada.sees(({ text }) => text?.startsWith('This question is over') === true);
  });

  it('ends unanswered after its minute, also when the process was restarted in between (CB-21)', async () => {
    await world.close();
    const time = createVirtualTime();
    await open({ timers: time, settings: { cardMinIntervalMs: 0 } });
    world.put(awaitingApproval(11, time.now()));
    ada.says('/stop SHOP-001');
    await ada.seesButton('Yes, stop');
    await world.bot.idle();
    const { server, store } = world;
    const stopped = world.bot.stop();
    await time.advance(5000);
    await stopped;
    const again = await createWorld({
      ...{ server, store, engine: world, timers: time },
      settings: { cardMinIntervalMs: 0 },
    });
    await time.advance(56_000);
    await ada.sees(({ text }) => text === 'Not confirmed in time. Nothing was changed.');
    expect(world.tasks.get(1)?.stop).toBeNull();
    const last = again.bot.stop();
    await time.advance(5000);
    await last;
    await world.server.close();
    await open();
  });
});
