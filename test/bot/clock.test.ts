import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitingApproval, SHA } from '../support/bot/stages.ts';
import { createVirtualTime, type VirtualTime } from '../support/bot/virtual-time.ts';
import { createWorld, SHOP, type World } from '../support/bot/world.ts';
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

  it('a person has quiet hours and a time zone of their own (QUIET-1, ACC-2)', async () => {
    ada.says('/quiet 23:00-08:00 Asia/Tokyo');
    await ada.sees(({ text }) => text?.startsWith('Quiet for you: 23:00-08:00 (Asia/Tokyo).') === true);
    // 15:00 UTC is midnight in Tokyo.
    const request = { task: 1, ping: 'approve' as const, sound: 'sound' as const, params: {}, seq: 1 };
    world.put(awaitingApproval(11, time.now()));
    await world.bot.ping({ ...request, cause: 'night', at: time.now() });
    await ada.sees(({ text }, { silent }) => text?.startsWith('📋') === true && silent);
    ada.says('/quiet default');
    await ada.sees(({ text }) => text?.startsWith('Quiet for you: off (UTC).') === true);
    ada.says('/quiet 25:00-08:00');
    await ada.sees(({ text }) => text?.startsWith('Usage: /quiet') === true);
    ada.says('/quiet 23:00-08:00 Mars/Base');
    await world.bot.idle();
    expect(world.store.user(11)).toMatchObject({ quietHours: null, tz: null });
  });

  it('a mute and its end name the task, not what it is called inside (QUIET-2)', async () => {
    world.put(awaitingApproval(11, time.now()));
    ada.says('/mute SHOP-001 1h');
    await ada.sees(({ text }) => text === 'Muted until 16:00: SHOP-001.');
    await time.advance(HOUR);
    await world.bot.digest();
    await ada.sees(({ text }) => text === '🔔 The mute of SHOP-001 has ended.');
  });

  it('a digest tells what was delivered as which commit, deploys, rollbacks and what got lost (QUIET-3)', async () => {
    const ended = { stage: 'done' as const, activity: { kind: 'ended' as const, since: time.now() - HOUR } };
    world.put(awaitingApproval(11, time.now(), { ...ended, endedAt: time.now() - HOUR, servedSha: SHA }));
    const deploy = { repo: 'shop', wid: 'SHOP-001', sha: SHA, at: time.now() - HOUR, result: 'DEPLOYED' };
    world.control.deploys = () => [
      { ...deploy, kind: 'deploy' },
      { ...deploy, kind: 'rollback', result: 'ROLLED_BACK' },
    ];
    const lost = {
      cause: 'c',
      chat: '11',
      task: 1,
      seq: 1,
      ping: 'blocked',
      sound: 'sound' as const,
      params: {},
    };
    const where = { stage: null, attempt: null, waiting: null, sentAt: null, message: null };
    const times = { createdAt: time.now() - 25 * HOUR, droppedAt: time.now() - 1 };
    world.store.putPing({ ...lost, ...where, ...times });
    ada.says('/digest now');
    const { text } = await ada.sees((message) => message.text?.startsWith('🗞 Digest') === true);
    expect(text?.split('\n')).toEqual([
      '🗞 Digest',
      '🎉 Done',
      '🎉 SHOP-001 Done · 60m — Show delivery date in cart · a1f0000',
      '🚀 Deploys and rollbacks',
      '🚀 SHOP-001 a1f0000 on shop at 14:00: DEPLOYED',
      '↩️ shop rolled back to a1f0000 at 14:00: ROLLED_BACK',
      '⚠️ Not delivered: 1 message(s)',
      '💰 Cost: $1.00',
    ]);
  });

  it('in a forum every project gets its digest in its own topic (TOPIC-2)', async () => {
    await world.close();
    const projects = [SHOP, { ...SHOP, repo: 'docs', name: 'Docs', prefix: 'DOC' }];
    await open(10, {
      projects,
      settings: { topics: 'per-project', digestTime: '09:00', cardMinIntervalMs: 0 },
    });
    const group = world.server.group({ id: -100700, title: 'Team', forum: true });
    const row = { chat: '-100700', kind: 'group' as const, title: 'Team', projects: [], lang: null };
    world.store.putChat({ ...row, reachable: true, threads: {}, forum: true, digest: null });
    world.put(awaitingApproval(-100700, time.now()));
    await world.bot.digest();
    await time.advance(24 * HOUR);
    await world.bot.digest();
    const digests = group.messages().filter(({ text }) => text?.startsWith('🗞'));
    const threads = world.store.chat('-100700')?.threads ?? {};
    expect(digests.map((one) => [one.text?.split('\n')[0], one.message_thread_id])).toEqual([
      ['🗞 Digest · shop', threads.shop],
      ['🗞 Digest · docs', threads.docs],
    ]);
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
