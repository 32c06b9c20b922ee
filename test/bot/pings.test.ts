import { afterEach, describe, expect, it } from 'vitest';
import type { PublishResult } from '../../src/bot/publisher.ts';
import { isQuiet } from '../../src/bot/quiet.ts';
import { awaitingApproval, awaitingConfirm, SHA } from '../support/bot/stages.ts';
import { waitingOf } from '../support/bot/views.ts';
import { createVirtualTime } from '../support/bot/virtual-time.ts';
import { createWorld, SHOP, type World, type WorldOptions } from '../support/bot/world.ts';

const GROUP = -100700;

describe('pings and topics', () => {
  let world: World;
  afterEach(() => world.close());
  const open = async (options: WorldOptions = {}): Promise<void> => {
    world = await createWorld(options);
    world.pair(11, 'Ada & Co', 'owner');
  };
  const ping = async (change: Partial<Parameters<World['bot']['ping']>[0]> = {}): Promise<PublishResult> =>
    world.bot.ping({
      task: 1,
      ping: 'approve',
      sound: 'sound',
      cause: 'approval.1',
      params: { sha: SHA },
      seq: 1,
      at: Date.now(),
      ...change,
    });

  it('for an approval comes once, with sound, links and the buttons of the state (section 16.5)', async () => {
    await open();
    const ada = world.server.person({ id: 11, name: 'Ada & Co' });
    world.put(awaitingApproval(11, Date.now(), { wid: 'ORCH&17' }));
    const { view } = world.control;
    const links = {
      brd: 'https://git.example/brd?a=1&b="2"',
      pr: null,
      diff: null,
      issue: 'https://plane.example/i',
    };
    world.control.view = (id) => {
      const seen = view(id);
      return seen && { ...seen, links, project: { ...seen.project, tracker: 'plane' as const } };
    };
    await Promise.all([ping(), ping()]);
    await ping();
    const message = await ada.sees((row, { silent }) => row.text?.startsWith('📋') === true && !silent);
    expect(message.text).toBe(
      [
        '📋 ORCH&17: BRD/TRZ/AC are ready. Approve below or move the issue to Approved in Plane.',
        '',
        '📄 Open BRD',
        '✅ Issue in Plane',
      ].join('\n'),
    );
    expect(message.entities).toContainEqual(expect.objectContaining({ type: 'text_link', url: links.brd }));
    expect(ada.messages(20).filter(({ text }) => text?.startsWith('📋'))).toHaveLength(1);
    const [sent] = world.server.calls
      .of('sendMessage')
      .filter(({ values }) => String(values.text).startsWith('📋'));
    expect(sent?.values.text).toContain('ORCH&amp;17');
  });

  it('without links has no blank line (LINK-1)', async () => {
    await open();
    const ada = world.server.person({ id: 11, name: 'Ada' });
    world.put(awaitingApproval(11, Date.now()));
    await ping();
    const message = await ada.sees((row) => row.text?.startsWith('📋') === true);
    expect(message.text).toBe('📋 SHOP-001: BRD/TRZ/AC are ready. Approve below.');
  });

  it('mentions the approvers where others read along (PING-5)', async () => {
    await open({ projects: [{ ...SHOP, approvers: ['11'] }] });
    const group = world.server.group({ id: GROUP, title: 'Team' });
    world.put(awaitingApproval(GROUP, Date.now()));
    await ping();
    const message = group.messages().find(({ text }) => text?.startsWith('📋'));
    expect(message?.text).toContain('Approve below. Ada & Co');
  });

  it('come to the creator in private only when they cannot see the chat that reports (PING-5)', async () => {
    await open();
    const ada = world.server.person({ id: 11, name: 'Ada & Co' });
    const group = world.server.group({ id: GROUP, title: 'Team' });
    ada.in(group).says('hello');
    const createdBy = { surface: 'chat' as const, id: '11', name: 'Ada', role: 'owner' as const };
    world.put(awaitingApproval(GROUP, Date.now(), { createdBy }));
    await ping();
    const inGroup = () => group.messages().filter(({ text }) => text?.startsWith('📋')).length;
    const inPrivate = () => ada.messages(50).filter(({ text }) => text?.startsWith('📋'));
    expect([inGroup(), inPrivate().length]).toEqual([1, 0]);
    group.loses(ada);
    await ping({ cause: 'approval.2', seq: 2 });
    await ping({ cause: 'approval.2', seq: 2 });
    expect([inGroup(), inPrivate().length]).toEqual([2, 1]);
    expect((await ada.presses('✅ Approve')).text).toContain('Done:');
    await ping({ cause: 'news', seq: 3, sound: 'silent', ping: 'unblocked', params: {} });
    expect(ada.messages(50).some(({ text }) => text?.startsWith('🔓'))).toBe(false);
  });

  it('offers issues found at the first look, and one press starts them, once (PLANE-68)', async () => {
    await open();
    const ada = world.server.person({ id: 11, name: 'Ada & Co' });
    const asked: unknown[] = [];
    world.control.startFound = async (repo, actor) => {
      asked.push([repo, actor.id]);
      return { started: 2 };
    };
    const params = { project: 'Shop', n: 2 };
    await ping({ ping: 'issues-found', cause: 'issues-found.1', task: null, repo: 'shop', seq: 0, params });
    await ada.sees((row) => row.text === '👋 Shop: 2 issue(s) are already in To Analyse.');
    await ada.presses('▶️ Start them');
    await ada.sees((row) => row.text === '2 issue(s) started.');
    await ada.presses('▶️ Start them').catch(() => undefined);
    expect(asked).toEqual([['shop', '11']]);
  });

  it('carries the log tail of a failed agent as it is, without breaking the markup (PUB-7)', async () => {
    await open();
    const ada = world.server.person({ id: 11, name: 'Ada' });
    world.put(awaitingApproval(11, Date.now(), { activity: waitingOf('blocked', { since: Date.now() }) }));
    const params = {
      role: 'developer',
      class: 'crash',
      exitCode: 137,
      log: 'Error: <T> & "x"\n</code> @all',
    };
    await ping({ ping: 'agent-failed', params });
    const message = await ada.sees((row) => row.text?.startsWith('⚠️') === true);
    expect(message.text).toBe(
      '⚠️ SHOP-001: agent developer failed (crash)\nexit_code=137\nError: <T> & "x"\n</code> @\u2060all',
    );
  });

  it('is silent in quiet hours unless it is critical (QUIET-1)', async () => {
    await open({ settings: { quietHours: '00:00-23:59' } });
    const ada = world.server.person({ id: 11, name: 'Ada' });
    world.put(awaitingApproval(11, Date.now()));
    await ping();
    await ping({ ping: 'not-stopped', sound: 'critical', cause: 'loud', params: {}, seq: 2 });
    await ada.sees((row, { silent }) => row.text?.startsWith('📋') === true && silent);
    await ada.sees(
      (row, { silent }) => row.text?.startsWith('🛑 SHOP-001: could not prove') === true && !silent,
    );
  });

  it.each([
    ['23:00-08:00', 23, 30, true],
    ['23:00-08:00', 7, 59, true],
    ['23:00-08:00', 8, 0, false],
    ['12:00-13:00', 12, 30, true],
    ['nonsense', 12, 30, false],
  ])('counts %s at %i:%i as quiet: %s (QUIET-1)', async (hours, hour, minute, quiet) => {
    await open();
    expect(isQuiet(hours, Date.UTC(2026, 4, 4, hour, minute), 'UTC')).toBe(quiet);
  });

  it('go to the topic of their project, which is made when first needed (TOPIC-2)', async () => {
    await open({ settings: { topics: 'per-project' } });
    const group = world.server.group({ id: GROUP, title: 'Team', forum: true });
    const row = { chat: String(GROUP), kind: 'group' as const, title: 'Team', projects: [], lang: null };
    world.store.putChat({ ...row, reachable: true, threads: {}, forum: true, digest: null });
    world.put(awaitingConfirm(GROUP, Date.now()));
    await world.bot.refreshCard(1);
    await ping({ ping: 'confirm', params: { sha: SHA, time: Date.now(), service: 'shop' } });
    const thread = world.store.chat(String(GROUP))?.threads.shop;
    expect(thread).toBeTypeOf('number');
    const sent = group.messages().filter(({ from, text }) => from?.is_bot && text !== undefined);
    expect(sent.map((message) => message.message_thread_id)).toEqual(sent.map(() => thread));
  });

  it('make a new topic when theirs was deleted (TOPIC-3)', async () => {
    await open({ settings: { topics: 'per-project' } });
    const group = world.server.group({ id: GROUP, title: 'Team', forum: true });
    const row = { chat: String(GROUP), kind: 'group' as const, title: 'Team', projects: [], lang: null };
    world.store.putChat({ ...row, reachable: true, threads: {}, forum: true, digest: null });
    world.put(awaitingConfirm(GROUP, Date.now()));
    await world.bot.refreshCard(1);
    const before = world.store.chat(String(GROUP))?.threads.shop ?? 0;
    group.deletesTopic(before);
    const params = { sha: SHA, time: Date.now(), service: 'shop' };
    expect(await ping({ ping: 'confirm', params })).toMatchObject({ class: 'failed' });
    expect(await ping({ ping: 'confirm', params })).toMatchObject({ class: 'ok' });
    const after = world.store.chat(String(GROUP))?.threads.shop;
    expect(after).not.toBe(before);
    const cards = () => group.messages().filter(({ text }) => text?.startsWith('🛠️ SHOP-001'));
    await expect.poll(() => cards().map((card) => card.message_thread_id)).toContain(after);
    // Deleted once more: no third topic, the general one is used.
    group.deletesTopic(after ?? 0);
    await ping({ ping: 'confirm', params, cause: 'c2', seq: 2 });
    expect(await ping({ ping: 'confirm', params, cause: 'c2', seq: 2 })).toMatchObject({ class: 'ok' });
    expect(world.store.chat(String(GROUP))?.threads.shop).toBeUndefined();
    expect(
      group.messages().findLast(({ text }) => text?.startsWith('🚀'))?.message_thread_id,
    ).toBeUndefined();
  });

  it('use the general topic and say so once where topics may not be managed (TOPIC-2)', async () => {
    await open({ settings: { topics: 'per-project' } });
    const group = world.server.group({ id: GROUP, title: 'Team', forum: true, canManageTopics: false });
    const row = { chat: String(GROUP), kind: 'group' as const, title: 'Team', projects: [], lang: null };
    world.store.putChat({ ...row, reachable: true, threads: {}, forum: true, digest: null });
    world.put(awaitingConfirm(GROUP, Date.now()));
    await world.bot.refreshCard(1);
    await ping({ ping: 'confirm', params: { sha: SHA, time: Date.now(), service: 'shop' } });
    const said = group.messages().filter(({ text }) => text?.startsWith('I may not manage topics here'));
    expect(said).toHaveLength(1);
    expect(group.messages().some(({ text }) => text?.startsWith('🚀'))).toBe(true);
  });

  it('follow a group that became a supergroup (TOPIC-4)', async () => {
    await open();
    const group = world.server.group({ id: GROUP, title: 'Team' });
    const row = {
      chat: String(GROUP),
      kind: 'group' as const,
      title: 'Team',
      projects: [],
      lang: 'ru' as const,
    };
    world.store.putChat({ ...row, reachable: true, threads: {}, forum: false, digest: null });
    group.migrates(-1009999);
    await expect.poll(() => world.store.chat('-1009999')?.lang).toBe('ru');
    expect(world.store.chat(String(GROUP))).toBeNull();
  });

  it('reach the digest once per local day, and never when there is nothing to say (QUIET-3, QUIET-4)', async () => {
    const time = createVirtualTime(Date.UTC(2026, 4, 4, 8, 0));
    await open({ now: time.now, settings: { digestTime: '09:00', cardMinIntervalMs: 0 } });
    const ada = world.server.person({ id: 11, name: 'Ada' });
    const digests = () => ada.messages(50).filter(({ text }) => text?.startsWith('🗞')).length;
    world.put(awaitingApproval(11, time.now()));
    await world.bot.digest();
    expect(digests()).toBe(0);
    await time.advance(3_600_000);
    await world.bot.digest();
    await world.bot.digest();
    expect(digests()).toBe(1);
    await time.advance(86_400_000);
    await world.bot.digest();
    expect(digests()).toBe(2);
  });
});
