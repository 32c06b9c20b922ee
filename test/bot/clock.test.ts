import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitingApproval } from '../support/bot/stages.ts';
import { createVirtualTime, type VirtualTime } from '../support/bot/virtual-time.ts';
import { createWorld, type World } from '../support/bot/world.ts';
import type { Person } from '../support/telegram/people.ts';

const HOUR = 3_600_000;

/** Section 10 in virtual time: what happens by the clock alone. */
describe('the clock of the chat', () => {
  let time: VirtualTime;
  let world: World;
  let ada: Person;
  const open = async (hour: number, settings: Parameters<typeof createWorld>[0] = {}): Promise<void> => {
    time = createVirtualTime(Date.UTC(2026, 4, 4, hour));
    world = await createWorld({ now: time.now, ...settings });
    world.pair(11, 'Ada', 'owner');
    ada = world.server.person({ id: 11, name: 'Ada' });
  };
  beforeEach(() => open(15, { settings: { cardMinIntervalMs: 0 } }));
  afterEach(() => world.close());

  const starting = (text: string) => ada.messages(50).filter((message) => message.text?.startsWith(text));

  it('a chat first seen in the afternoon gets its first digest the next morning, once (QUIET-4)', async () => {
    world.put(awaitingApproval(11, time.now()));
    await world.bot.digest();
    expect(starting('🗞')).toEqual([]);
    await time.advance(18 * HOUR);
    await world.bot.digest();
    await world.bot.digest();
    expect(starting('🗞')).toHaveLength(1);
  });

  it('a mute ends by itself and says so silently (QUIET-2)', async () => {
    world.store.putMute({ user: 11, chat: '11', scope: 'all', until: time.now() + HOUR });
    await world.bot.digest();
    expect(starting('🔔')).toEqual([]);
    await time.advance(HOUR);
    await world.bot.digest();
    await world.bot.digest();
    await ada.sees((message, { silent }) => message.text?.startsWith('🔔') === true && silent);
    expect(starting('🔔')).toHaveLength(1);
    expect(world.store.mutes()).toEqual([]);
  });

  it('the end of quiet hours is one audible message with what still waits (QUIET-1)', async () => {
    await world.close();
    await open(23, { settings: { quietHours: '22:00-08:00', digestTime: 'off', cardMinIntervalMs: 0 } });
    world.put(awaitingApproval(11, time.now()));
    await world.bot.digest();
    await time.advance(9 * HOUR);
    await world.bot.digest();
    await world.bot.digest();
    const told = await ada.sees(
      (message, { silent }) => message.text?.includes('SHOP-001') === true && !silent,
    );
    expect(told.text).toContain('approve the analysis');
    expect(ada.messages(50)).toHaveLength(1);
  });

  it('open cards of another surface are posted once where the project reports now (LOCAL-5)', async () => {
    await world.close();
    await open(12, { settings: { goneChat: '1', cardMinIntervalMs: 0 }, start: false });
    world.put(awaitingApproval(1, time.now()));
    world.bot.start();
    await ada.sees((message) => message.text?.startsWith('🛠️ SHOP-001') === true);
    const { server, store } = world;
    await world.bot.stop();
    const again = await createWorld({
      ...{ now: time.now, server, store, engine: world },
      settings: { goneChat: '1', cardMinIntervalMs: 0 },
    });
    await again.bot.refreshCard(1);
    expect(starting('🛠️ SHOP-001')).toHaveLength(1);
    expect(server.calls.of('sendMessage').map(({ chatId }) => chatId)).toEqual([11]);
    await again.bot.stop();
  });
});
