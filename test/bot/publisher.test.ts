import { beforeEach, describe, expect, it } from 'vitest';
import { createCardDrawer } from '../../src/bot/card-draw.ts';
import { type Env, noCounters } from '../../src/bot/env.ts';
import { createLanes } from '../../src/bot/lanes.ts';
import { createOpenKeyboards } from '../../src/bot/open-keyboards.ts';
import { createPinger, type Pinger } from '../../src/bot/pinger.ts';
import { createPublisher, type Publisher } from '../../src/bot/publisher.ts';
import { createSender } from '../../src/bot/send.ts';
import { DEFAULT_BOT_SETTINGS } from '../../src/bot/settings.ts';
import { createCatalog } from '../../src/bot/texts.ts';
import { createTopics } from '../../src/bot/topics.ts';
import { silentLogger } from '../../src/log.ts';
import type { RunView } from '../../src/pipeline/view.ts';
import { createMemoryStore } from '../support/bot/memory-store.ts';
import { runOf, viewOf, waitingOf } from '../support/bot/views.ts';
import { createVirtualTime, type VirtualTime } from '../support/bot/virtual-time.ts';
import { badRequest, createWire, tooMany, type Wire } from '../support/bot/wire.ts';
import { createFakeEngine } from '../support/bot/world.ts';

const CHAT = '77';

describe('publishing cards', () => {
  let time: VirtualTime;
  let wire: Wire;
  let store: ReturnType<typeof createMemoryStore>;
  let views: Map<number, RunView>;
  let publisher: Publisher;
  let pinger: Pinger;
  let unreachable: string[];

  const boot = (): void => {
    const { control } = createFakeEngine(time.now);
    const env: Env = {
      control: { ...control, view: (id) => views.get(id) ?? null },
      store,
      settings: DEFAULT_BOT_SETTINGS,
      texts: createCatalog(),
      timers: time,
      log: silentLogger(),
      counters: noCounters,
      api: wire.api,
      patientApi: wire.api,
    };
    const limits = { minIntervalMs: 1000, groupPerMin: 20, totalPerSecond: 25 };
    const lanes = createLanes(time, limits, () => 0);
    const sender = createSender(env, lanes);
    const topics = createTopics(env);
    const drawer = createCardDrawer(env, sender, topics);
    const onUnreachable = (chat: string) => void unreachable.push(chat);
    const keyboards = createOpenKeyboards(env, { sender, lanes });
    publisher = createPublisher({ env, lanes, sender, drawer, keyboards, onUnreachable });
    const refreshCard = (task: number) => publisher.refresh(task);
    pinger = createPinger({ env, lanes, sender, topics, keyboards, refreshCard, onUnreachable });
  };

  beforeEach(() => {
    time = createVirtualTime();
    wire = createWire(time.now);
    store = createMemoryStore();
    views = new Map();
    unreachable = [];
    boot();
  });

  /** Puts a version of task `id`; its title tells which. */
  const put = (id: number, version: number, change: Partial<RunView['task']> = {}, chat = CHAT): void => {
    const task = {
      id,
      version,
      title: `version ${version}`,
      originChat: chat,
      createdAt: time.now(),
      ...change,
    };
    views.set(id, viewOf({ task, at: time.now(), runs: [runOf('analysis')] }));
  };
  const blocked = { activity: waitingOf('blocked') };
  const refresh = async (id: number): Promise<unknown> => {
    const done = publisher.refresh(id);
    await time.settle();
    return done;
  };
  const textsOf = (method: string): string[] => wire.done(method).map(({ payload }) => String(payload.text));

  it('collapses 100 refreshes in 2 s into at most 2 edits, the newest version last (PUB-1)', async () => {
    put(1, 0);
    await refresh(1);
    for (let version = 1; version <= 100; version++) {
      put(1, version);
      void publisher.refresh(1);
      await time.advance(20);
    }
    await time.advance(5000);
    const edits = textsOf('editMessageText');
    expect(edits.length).toBeLessThanOrEqual(2);
    expect(edits.at(-1)).toContain('version 100');
    expect(wire.done('sendMessage')).toHaveLength(1);
  });

  it('inc-92 shows the newest state by one edit after a 429 of 126 s right before the end (PUB-6)', async () => {
    put(1, 0);
    await refresh(1);
    await time.advance(1000);
    wire.fault = () => tooMany(126);
    put(1, 1);
    expect(await refresh(1)).toMatchObject({ class: 'failed', retryAfterS: 126 });
    wire.fault = () => null;
    put(1, 2, { stage: 'done', activity: { kind: 'ended', since: time.now() }, endedAt: time.now() });
    expect(await refresh(1)).toMatchObject({ class: 'failed', retryAfterS: 126 });
    await time.advance(125_000);
    expect(wire.done('editMessageText')).toHaveLength(0);
    await time.advance(2000);
    expect(textsOf('editMessageText')).toEqual([expect.stringContaining('version 2 — DONE')]);
  });

  it('arrives after the network was gone for five minutes (PUB-9)', async () => {
    put(1, 0);
    await refresh(1);
    await time.advance(1000);
    wire.fault = () => 'network';
    put(1, 1, blocked);
    expect(await refresh(1)).toMatchObject({ class: 'failed' });
    await time.advance(300_000);
    wire.fault = () => null;
    await time.advance(300_000);
    expect(textsOf('editMessageText').at(-1)).toContain('BLOCKED');
    expect(store.card(1, CHAT)).toMatchObject({ dueSince: null, state: 'final' });
  });

  it('inc-92 is published by the next process when this one died with it unshown (PUB-9)', async () => {
    put(1, 0);
    await refresh(1);
    wire.fault = () => 'network';
    put(1, 1, blocked);
    await time.advance(1000);
    await refresh(1);
    publisher.stop();
    wire.fault = () => null;
    boot();
    publisher.resume();
    await time.advance(2000);
    expect(textsOf('editMessageText').at(-1)).toContain('BLOCKED');
  });

  it('is marked lost after a day of failures (PUB-9)', async () => {
    put(1, 0);
    await refresh(1);
    wire.fault = () => 'network';
    put(1, 1, blocked);
    await time.advance(1000);
    await refresh(1);
    await time.advance(25 * 3_600_000);
    expect(store.card(1, CHAT)?.state).toBe('lost');
  });

  it('takes "not modified" as shown (PUB-5)', async () => {
    put(1, 0);
    await refresh(1);
    await time.advance(1000);
    wire.fault = ({ method }) =>
      method === 'editMessageText' ? badRequest('message is not modified') : null;
    put(1, 1);
    expect(await refresh(1)).toMatchObject({ class: 'not_modified' });
    const { shownHash, desiredHash } = store.card(1, CHAT) ?? {};
    expect(shownHash).toBe(desiredHash);
  });

  it('inc-93 sends one new silent card when the message was deleted by hand (PUB-5)', async () => {
    put(1, 0);
    await refresh(1);
    await time.advance(1000);
    wire.fault = ({ method }) =>
      method === 'editMessageText' ? badRequest('message to edit not found') : null;
    put(1, 1);
    await refresh(1);
    const sent = wire.done('sendMessage');
    expect(sent).toHaveLength(2);
    expect(sent[1]?.payload.disable_notification).toBe(true);
    expect(store.card(1, CHAT)?.message).toBe(102);
  });

  it('inc-93 sends no second card for any other failure (PUB-5)', async () => {
    put(1, 0);
    await refresh(1);
    await time.advance(1000);
    wire.fault = () => badRequest('something new');
    put(1, 1);
    await refresh(1);
    await time.advance(60_000);
    expect(wire.done('sendMessage')).toHaveLength(1);
  });

  it('inc-94 is sent once more without tags when its markup is refused (PUB-7)', async () => {
    wire.fault = ({ payload }) => (payload.parse_mode ? badRequest("can't parse entities: tag") : null);
    put(1, 0);
    await refresh(1);
    const [sent] = wire.done('sendMessage');
    expect(sent?.payload.text).toContain('version 0');
    expect(sent?.payload.text).not.toContain('<code>');
  });

  it('tells that a chat cannot be written to and tries it once per hour (PUB-8)', async () => {
    wire.fault = () => ({ error_code: 403, description: 'Forbidden: bot was blocked by the user' });
    put(1, 0);
    await refresh(1);
    expect(unreachable).toEqual([CHAT]);
    const before = wire.calls.length;
    await time.advance(3_500_000);
    expect(wire.calls.length).toBe(before);
    await time.advance(200_000);
    expect(wire.calls.length).toBe(before + 1);
  });

  it('makes one message of two concurrent first refreshes (PUB-10)', async () => {
    put(1, 0);
    await Promise.all([refresh(1), refresh(1)]);
    await time.advance(5000);
    expect(wire.done('sendMessage')).toHaveLength(1);
  });

  it('sends nothing when nothing changed (PUB-4)', async () => {
    put(1, 0);
    await refresh(1);
    await time.advance(1000);
    await refresh(1);
    expect(wire.calls).toHaveLength(1);
  });

  it('brings fifty final cards into one group within its limit per minute (PUB-2, PUB-9)', async () => {
    const group = '-100200';
    for (let id = 1; id <= 50; id++) {
      put(id, 1, blocked, group);
      void publisher.refresh(id);
    }
    await time.advance(59_000);
    expect(wire.calls.length).toBeLessThanOrEqual(20);
    await time.advance(180_000);
    expect(wire.done('sendMessage')).toHaveLength(50);
    const times = wire.calls.map(({ at }) => at);
    for (const at of times)
      expect(times.filter((t) => t >= at && t < at + 60_000).length).toBeLessThanOrEqual(20);
  });

  it('edits for live activity alone at most every 15 s (PUB-3)', async () => {
    const live = (turns: number): void => {
      const progress = { phase: 'working', activity: null, turns, tokensIn: 0, tokensOut: 0, costUsd: null };
      const run = runOf('development', {
        status: 'running',
        startedAt: time.now(),
        endedAt: null,
        usage: null,
      });
      const more = { ...progress, estimated: false, model: null, at: time.now() };
      const task = { id: 1, version: 1, originChat: CHAT };
      views.set(1, viewOf({ task, at: time.now(), runs: [{ ...run, progress: more }] }));
    };
    live(1);
    await refresh(1);
    for (let turns = 2; turns <= 31; turns++) {
      live(turns);
      void publisher.refresh(1);
      await time.advance(1000);
    }
    expect(wire.done('editMessageText').length).toBeLessThanOrEqual(2);
  });

  const request = (cause: string, seq: number) => ({
    task: 1,
    ping: 'blocked' as const,
    sound: 'sound' as const,
    cause,
    params: { cause: 'agent-failed', role: 'developer', class: 'crash' },
    seq,
    at: time.now(),
  });
  const pinged = (): string[] => textsOf('sendMessage').filter((text) => text.startsWith('🚧 SHOP-001: '));

  it('pings once per cause, whatever path reports it, after the card (PING-1, PING-3)', async () => {
    put(1, 1, blocked);
    void pinger.ping(request('a', 1));
    void pinger.ping(request('a', 1));
    await time.advance(10_000);
    expect(pinged()).toEqual(['🚧 SHOP-001: agent developer failed (crash)']);
    expect(wire.done('sendMessage')[0]?.payload.disable_notification).toBe(true);
    expect(wire.done('sendMessage')[1]?.payload.disable_notification).toBeUndefined();
  });

  it('never lets a later ping overtake an earlier one of the same task (ORD-2)', async () => {
    put(1, 1, blocked);
    await refresh(1);
    await time.advance(1000);
    wire.fault = ({ method }) => (method === 'sendMessage' ? 'network' : null);
    void pinger.ping(request('first', 1));
    await time.advance(10_000);
    wire.fault = () => null;
    void pinger.ping({ ...request('second', 2), ping: 'error', params: { text: 'later' } });
    await time.advance(10_000);
    expect(textsOf('sendMessage').slice(1)).toEqual([
      expect.stringContaining('agent developer failed'),
      expect.stringContaining('ERROR — later'),
    ]);
  });

  it('says in one line that a delayed ping is no longer current (ORD-3)', async () => {
    put(1, 1, blocked);
    await refresh(1);
    wire.fault = () => 'network';
    void pinger.ping(request('late', 1));
    await time.advance(10_000);
    put(1, 2);
    await time.advance(600_000);
    wire.fault = () => null;
    void pinger.ping(request('late', 1));
    await time.advance(10_000);
    expect(textsOf('sendMessage').at(-1)).toBe(
      '(delayed 10m) 🚧 SHOP-001: agent developer failed (crash) — no longer current.',
    );
  });

  it('keeps a muted chat quiet, except for critical pings (QUIET-2)', async () => {
    put(1, 1, blocked);
    store.putMute({ user: 77, chat: CHAT, scope: 'project:shop', until: time.now() + 3_600_000 });
    void pinger.ping(request('muted', 1));
    void pinger.ping({ ...request('loud', 2), sound: 'critical' });
    await time.advance(10_000);
    expect(pinged()).toHaveLength(1);
  });
});
