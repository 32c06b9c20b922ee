import { afterEach, describe, expect, it } from 'vitest';
import type { Timers } from '../../src/bot/env.ts';
import { createPolling } from '../../src/bot/polling.ts';
import { webhookSecret } from '../../src/bot/webhook.ts';
import { silentLogger } from '../../src/log.ts';
import { createMemoryStore } from '../support/bot/memory-store.ts';
import { awaitingApproval } from '../support/bot/stages.ts';
import { createVirtualTime } from '../support/bot/virtual-time.ts';
import { createWire, type Wire } from '../support/bot/wire.ts';
import { createWorld, type World } from '../support/bot/world.ts';

const pollingOn = ({ api }: Wire, timers: Timers, warned: (text: string) => void = () => {}) =>
  createPolling({
    ...{ api, timers, onConnect: async () => {}, receive: () => {}, offset: () => 0 },
    log: { ...silentLogger(), warn: (_: unknown, text: string) => warned(text) } as never,
  });

describe('the connection to the chat', () => {
  const open: World[] = [];
  afterEach(async () => {
    for (const world of open.splice(0)) await world.close();
  });
  const boot = async (options: Parameters<typeof createWorld>[0] = {}): Promise<World> => {
    const world = await createWorld(options);
    if (!options.server) open.push(world);
    world.pair(11, 'Ada', 'owner');
    return world;
  };

  it('inc-90 loses no update over a restart and applies none twice (CHAT-14)', async () => {
    const first = await boot();
    const ada = first.server.person({ id: 11, name: 'Ada' });
    first.put(awaitingApproval(11, Date.now()));
    ada.says('/approve SHOP-001');
    await ada.sees((message) => message.text === 'Approved. Architecture starts.');
    await first.bot.stop();
    ada.says('/whoami');
    const { server, store } = first;
    const inbox = [...store.rows.inbox.entries()];
    for (const [key, row] of inbox) store.rows.inbox.set(key, { ...row, handledAt: null });
    const second = await boot({ server, store, engine: first });
    await ada.sees((message) => message.text?.startsWith('Ada · id 11') === true);
    await second.bot.idle();
    expect(first.decided.filter(({ applied }) => applied)).toHaveLength(1);
    await second.bot.stop();
  });

  it('gives a repeated update id no effect (CHAT-14)', async () => {
    const world = await boot();
    const ada = world.server.person({ id: 11, name: 'Ada' });
    ada.says('/whoami');
    await ada.sees((message) => message.text?.startsWith('Ada · id 11') === true);
    const [row] = [...world.store.rows.inbox.values()];
    expect(world.bot.handleUpdate(JSON.parse(row?.body ?? '{}'))).toBe(false);
  });

  it('inc-96 explains a second poller on the same token and tries again every 60 s (CHAT-12)', async () => {
    const time = createVirtualTime();
    const wire = createWire(time.now);
    const conflict = { error_code: 409, description: 'Conflict: terminated by other getUpdates request' };
    wire.fault = ({ method }) => (method === 'getUpdates' ? conflict : null);
    const polling = pollingOn(wire, time);
    const done = polling.run();
    await time.advance(1000);
    expect(polling.connection()).toBe('conflict');
    const polls = () => wire.calls.filter(({ method }) => method === 'getUpdates').length;
    expect(polls()).toBe(1);
    await time.advance(59_500);
    expect(polls()).toBe(2);
    polling.stop();
    await done;
  });

  it('says which setting is wrong when the token is refused, once, and goes on asking', async () => {
    const time = createVirtualTime();
    const wire = createWire(time.now);
    wire.fault = () => ({ error_code: 401, description: 'Unauthorized' });
    const said: string[] = [];
    const polling = pollingOn(wire, time, (text) => void said.push(text));
    const done = polling.run();
    await time.advance(10_000);
    expect(polling.connection()).toBe('unauthorized');
    expect(said).toEqual([
      'the bot token is refused; take a valid one from @BotFather for ORCH_TELEGRAM_BOT_TOKEN',
    ]);
    expect(wire.calls.length).toBeGreaterThan(1);
    polling.stop();
    await done;
  });

  it('lives without the chat and reconnects with growing pauses up to a minute (CHAT-7)', async () => {
    const time = createVirtualTime();
    const wire = createWire(time.now);
    wire.fault = () => 'network';
    const polling = pollingOn(wire, time);
    const done = polling.run();
    await time.advance(300_000);
    expect(polling.connection()).toBe('disconnected');
    const times = wire.calls.map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1000);
    expect(gaps.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    polling.stop();
    await done;
  });

  it('handles updates of one chat in order and never stops for one bad update (ORD-1, CHAT-4)', async () => {
    const world = await boot();
    const ada = world.server.person({ id: 11, name: 'Ada' });
    world.control.view = () => {
      throw new Error('broken');
    };
    world.put(awaitingApproval(11, Date.now()));
    ada.says('/why SHOP-001');
    await ada.sees((message) => message.text?.startsWith('Something failed; nothing was changed.') === true);
    ada.says('/whoami');
    ada.says('/users');
    await ada.sees((message) => message.text?.startsWith('👥') === true);
    const texts = ada.messages(10).map(({ text }) => text ?? '');
    expect(texts.findIndex((text) => text.startsWith('Ada · id'))).toBeLessThan(
      texts.findIndex((text) => text.startsWith('👥')),
    );
  });

  it('makes a webhook secret of 32 random bytes once and keeps it, unless one is given (CHAT-13)', () => {
    const store = createMemoryStore();
    const made = webhookSecret(store, null);
    expect(Buffer.from(made, 'base64url')).toHaveLength(32);
    expect(webhookSecret(store, null)).toBe(made);
    expect(webhookSecret(store, 'given')).toBe('given');
    expect(webhookSecret(createMemoryStore(), null)).not.toBe(made);
  });

  it('publishes a command menu per language and per person (CHAT-17)', async () => {
    const world = await boot();
    await world.server.calls.sees(({ values }) => JSON.stringify(values.scope ?? '').includes('11'));
    const menus = world.server.calls
      .of('setMyCommands')
      .map(({ values }) => values.language_code ?? 'default');
    expect(menus).toEqual(['default', 'ru', 'default']);
  });
});
