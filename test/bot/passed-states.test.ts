import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitingApproval, awaitingConfirm, SHA, settle } from '../support/bot/stages.ts';
import { createWorld, SHOP, type World } from '../support/bot/world.ts';
import type { Person } from '../support/telegram/people.ts';

const GROUP = -100700;

/** Texts of the buttons a message carries now. */
const buttonsOf = (message: { reply_markup?: unknown } | undefined): string[] => {
  const rows = (message?.reply_markup as { inline_keyboard?: { text: string }[][] })?.inline_keyboard ?? [];
  return rows.flat().map(({ text }) => text);
};

describe('buttons of a state the task has left (CB-6)', () => {
  let world: World;
  let ada: Person;
  let caused: number;
  beforeEach(async () => {
    world = await createWorld();
    world.pair(11, 'Ada', 'owner');
    ada = world.server.person({ id: 11, name: 'Ada' });
    caused = Date.now();
  });
  afterEach(() => world.close());

  const command = (name: 'approve' | 'confirm-deploy' | 'stop') =>
    world.apply({
      kind: 'command',
      name,
      key: `elsewhere.${name}`,
      at: Date.now() + 1,
      target: { task: 1 },
      actor: { surface: 'cli', id: 'x', name: 'Grace', role: 'owner' },
    });
  const ping = (
    kind: 'approve' | 'confirm' | 'not-stopped',
    more: { sound?: 'critical'; chat?: string } = {},
  ) =>
    world.bot.ping({
      task: 1,
      ping: kind,
      sound: more.sound ?? 'sound',
      cause: `analysis.1.${kind}`,
      params: { sha: SHA, time: caused + 3_600_000, service: 'shop' },
      seq: 1,
      at: caused,
    });
  const find = (start: string) => ada.messages(50).find(({ text }) => text?.startsWith(start));

  it('a ping sent minutes after the approval is one silent line without buttons (ORD-3)', async () => {
    caused -= 5 * 60_000;
    world.put(awaitingApproval(11, caused));
    command('approve');
    await ping('approve');
    const late = await ada.sees(
      (message, { silent }) => message.text?.startsWith('(delayed') === true && silent,
    );
    expect(late.text).toBe(
      '(delayed 5m) 📋 SHOP-001: BRD/TRZ/AC are ready. Approve below. — no longer current.',
    );
    expect(buttonsOf(late)).toEqual([]);
  });

  it('says the same in Russian', async () => {
    await world.close();
    world = await createWorld({ settings: { lang: 'ru' } });
    world.pair(11, 'Ада', 'owner');
    ada = world.server.person({ id: 11, name: 'Ада' });
    caused -= 5 * 60_000;
    world.put(awaitingApproval(11, caused));
    command('approve');
    await ping('approve');
    const late = await ada.sees(({ text }) => text?.startsWith('(с задержкой') === true);
    expect(late.text).toBe(
      '(с задержкой 5м) 📋 SHOP-001: BRD/ТЗ/AC готовы. Нажмите «Одобрить». — уже неактуально.',
    );
  });

  it('a ping overtaken by somebody who acted at once is not sent at all', async () => {
    world.put(awaitingApproval(11, caused));
    command('approve');
    expect(await ping('approve')).toMatchObject({ class: 'ok' });
    expect(await ping('approve')).toMatchObject({ class: 'ok' });
    expect(ada.messages(50).filter(({ text }) => text?.includes('📋'))).toEqual([]);
  });

  it('a ping never carries the buttons of another state', async () => {
    caused -= 5 * 60_000;
    world.put(awaitingApproval(11, caused));
    command('approve');
    world.put(awaitingConfirm(11, caused + 50));
    await ping('approve');
    await ping('not-stopped', { sound: 'critical' });
    expect(buttonsOf(find('(delayed'))).toEqual([]);
    expect(buttonsOf(find('🛑 SHOP-001: could not'))).toEqual([]);
  });

  it('go from the ping when another surface decides', async () => {
    world.put(awaitingApproval(11, caused));
    await ping('approve');
    expect(buttonsOf(find('📋'))).toEqual(['✅ Approve', '❌ Reject', '❓ Why']);
    command('approve');
    await world.deliver();
    expect(buttonsOf(find('📋'))).toEqual([]);
  });

  it('go from a two-step question when another surface decides, and it says so', async () => {
    world.put(awaitingConfirm(11, caused));
    await world.bot.refreshCard(1);
    await ada.seesButton('🚀 Deploy a1f0000');
    await ada.presses('🚀 Deploy a1f0000');
    await ada.seesButton('Yes, deploy');
    await world.bot.idle();
    command('confirm-deploy');
    await world.deliver();
    await ada.sees(({ text }) => text?.startsWith('This question is over') === true);
    expect(ada.findButton('Yes, deploy')).toBeUndefined();
  });

  it('stay on a question that is not about the wait', async () => {
    world.put(awaitingConfirm(11, caused));
    await world.bot.refreshCard(1);
    await ada.presses('🛑 Stop');
    await ada.seesButton('Yes, stop');
    command('confirm-deploy');
    await world.deliver();
    expect(ada.findButton('Yes, stop')).toBeDefined();
  });

  it('are taken off again after the chat was unreachable, and after a restart', async () => {
    world.put(awaitingApproval(11, caused));
    await ping('approve');
    command('approve');
    world.server.faults.tooManyRequests(1, { methods: ['editMessageReplyMarkup'] });
    expect((await world.bot.refreshCard(1)).class).toBe('failed');
    expect(buttonsOf(find('📋'))).not.toEqual([]);
    const { server, store } = world;
    await world.bot.stop();
    const again = await createWorld({ server, store, engine: world });
    expect((await again.bot.refreshCard(1)).class).not.toBe('failed');
    expect(buttonsOf(find('📋'))).toEqual([]);
    await again.bot.stop();
  });

  it('no message of a task that has ended carries buttons', async () => {
    world.put(awaitingApproval(11, caused));
    await world.bot.refreshCard(1);
    await ping('approve');
    await ada.presses('🛑 Stop').catch(() => undefined);
    command('stop');
    settle(world, 1, [{ step: 'stop', evidence: { archiveRef: null } }]);
    await world.deliver();
    const left = ada.messages(50).filter((message) => buttonsOf(message).length > 0);
    expect(world.tasks.get(1)?.stage).toBe('cancelled');
    expect(left.map(({ text }) => text)).toEqual([]);
  });

  it('a mute in a group leaves only its owner unmentioned (QUIET-2)', async () => {
    await world.close();
    world = await createWorld({ projects: [{ ...SHOP, approvers: ['11', '12'] }] });
    world.pair(11, 'Ada', 'owner');
    world.pair(12, 'Grace', 'operator');
    const group = world.server.group({ id: GROUP, title: 'Team' });
    world.store.putMute({ user: 11, chat: String(GROUP), scope: 'all', until: Date.now() + 60_000 });
    world.put(awaitingApproval(GROUP, caused));
    await ping('approve');
    const sent = group.messages().find(({ text }) => text?.startsWith('📋'));
    expect(sent?.text).toContain('Approve below. Grace');
    expect(sent?.text).not.toContain('Ada');
  });
});
