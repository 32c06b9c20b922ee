import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallbackRow } from '../../src/bot/chat-store.ts';
import { awaitingApproval, awaitingConfirm, SHA } from '../support/bot/stages.ts';
import { waitingOf } from '../support/bot/views.ts';
import { createWorld, SHOP, type World } from '../support/bot/world.ts';
import type { Group, Person } from '../support/telegram/people.ts';

const GROUP = -100500;

describe('a tap (CB-3, CB-7)', () => {
  let world: World;
  let ada: Person;
  let bob: Person;
  let eve: Person;
  let group: Group;

  const open = async (projects = [SHOP]): Promise<void> => {
    world = await createWorld({ projects });
    world.pair(11, 'Ada', 'owner');
    world.pair(12, 'Bob', 'operator');
    world.pair(13, 'Vic', 'viewer');
    ada = world.server.person({ id: 11, name: 'Ada' });
    bob = world.server.person({ id: 12, name: 'Bob' });
    eve = world.server.person({ id: 99, name: 'Eve' });
    group = world.server.group({ id: GROUP, title: 'Team' });
  };
  beforeEach(() => open());
  afterEach(() => world.close());

  const approvable = async (change = {}): Promise<void> => {
    world.put(awaitingApproval(GROUP, Date.now(), change));
    await world.bot.refreshCard(1);
  };
  const confirmable = async (): Promise<void> => {
    world.put(awaitingConfirm(GROUP, Date.now()));
    await world.bot.refreshCard(1);
  };
  const rows = (action: string): CallbackRow[] =>
    [...world.store.rows.callbacks.values()].filter((row) => row.action === action);
  const meddle = (action: string, change: Partial<CallbackRow>): void => {
    for (const row of rows(action)) world.store.putCallback({ ...row, ...change });
  };
  const events = () => world.decided.map(({ event, applied }) => ({ name: event.name, applied }));
  const change = (to: object): void => {
    const task = world.tasks.get(1);
    if (task) world.put({ ...task, ...to });
  };

  it('carries task, stage, attempt, SHA, nonce and expiry in a row, and nothing in its data (CB-1)', async () => {
    await approvable();
    const { data } = await ada.in(group).seesButton('✅ Approve');
    const [row] = rows('approve');
    expect(data).toMatch(/^c1\.[A-Za-z0-9_-]{22}$/);
    expect(row).toMatchObject({ task: 1, stage: 'analysis', attempt: 1, sha: SHA, chat: String(GROUP) });
    expect(row?.nonce).toBe(data.slice(3));
    expect((row?.expiresAt ?? 0) - (row?.issuedAt ?? 0)).toBe(72 * 3_600_000);
  });

  it('that is accepted is answered with what was done, and counts once (ok)', async () => {
    await approvable();
    expect(await bob.in(group).presses('✅ Approve')).toEqual({
      text: 'Done: SHOP-001 approved, architecture starts.',
      alert: false,
    });
    expect(events()).toEqual([{ name: 'approve', applied: true }]);
  });

  it('inc-89 repeated is told so, by the same and by another person (double)', async () => {
    await approvable();
    const { message, data } = await ada.in(group).seesButton('✅ Approve');
    await ada.in(group).forges(message.message_id, data);
    const again = await ada.in(group).forges(message.message_id, data);
    const other = await bob.in(group).forges(message.message_id, data);
    expect(again.text).toMatch(/^Already done by you at \d\d:\d\d\.$/);
    expect(other.text).toMatch(/^Ada already did this at \d\d:\d\d\.$/);
    expect(events()).toHaveLength(1);
  });

  it('of two people at the same moment yields one event and one "double"', async () => {
    await approvable();
    const { message, data } = await ada.in(group).seesButton('✅ Approve');
    const answers = await Promise.all([
      ada.in(group).forges(message.message_id, data),
      bob.in(group).forges(message.message_id, data),
    ]);
    expect(answers.filter(({ text }) => text.startsWith('Done:'))).toHaveLength(1);
    expect(answers.filter(({ text }) => text.includes('already did this'))).toHaveLength(1);
    expect(events()).toHaveLength(1);
  });

  it('inc-89 for another attempt changes nothing (stale attempt)', async () => {
    await approvable();
    change({ attempt: 2 });
    const answer = await ada.in(group).presses('✅ Approve');
    expect(answer).toEqual({
      text: 'This button belongs to attempt 1; the task is on attempt 2.',
      alert: true,
    });
    expect(events()).toEqual([]);
  });

  it('inc-89 for another stage changes nothing (stale stage)', async () => {
    await approvable();
    change({ stage: 'testing' });
    const answer = await ada.in(group).presses('✅ Approve');
    expect(answer.text).toBe('This button belongs to Analysis; the task is at Testing.');
    expect(events()).toEqual([]);
  });

  it('inc-89 inc-75 for another commit changes nothing (stale SHA)', async () => {
    await approvable();
    change({ headSha: 'b7c0000000000000000000000000000000000000' });
    const answer = await ada.in(group).presses('✅ Approve');
    expect(answer.text).toBe('The commit changed: a1f0000 → b7c0000. Use the new message.');
    expect(events()).toEqual([]);
  });

  it('inc-89 that is too old refreshes the card with fresh buttons (expired, CB-9)', async () => {
    await approvable();
    meddle('approve', { expiresAt: Date.now() - 1 });
    const before = rows('approve').length;
    expect((await ada.in(group).presses('✅ Approve')).text).toBe(
      'This button expired. I refreshed the card.',
    );
    await world.bot.idle();
    expect(rows('approve').length).toBe(before + 1);
    expect((await ada.in(group).presses('✅ Approve')).text).toContain('Done:');
  });

  it('with forged data is not known (unknown)', async () => {
    await approvable();
    const { message } = await ada.in(group).seesButton('✅ Approve');
    for (const data of ['c1.AAAAAAAAAAAAAAAAAAAAAA', 'approve 1', 'c1.x']) {
      const answer = await ada.in(group).forges(message.message_id, data);
      expect(answer.text).toBe("I don't know this button any more. Send /task SHOP-001.");
    }
    expect((await eve.in(group).forges(message.message_id, 'c1.x')).text).toContain(
      "I don't know this button",
    );
    expect(events()).toEqual([]);
  });

  it('inc-91 of somebody unpaired is refused and recorded (unpaired, CB-8)', async () => {
    await approvable();
    const answer = await eve.in(group).presses('✅ Approve');
    expect(answer).toEqual({ text: "I don't know you. Recorded.", alert: true });
    expect(world.store.rows.audit).toEqual([expect.objectContaining({ user: 99, result: 'unpaired' })]);
    expect(events()).toEqual([]);
  });

  it('inc-91 without the role is refused and recorded (forbidden)', async () => {
    await confirmable();
    const answer = await bob.in(group).presses('🚀 Deploy a1f0000');
    expect(answer).toEqual({ text: 'Only owner can do this. Recorded.', alert: true });
    expect(world.store.rows.audit).toEqual([expect.objectContaining({ user: 12, result: 'forbidden' })]);
  });

  it('of somebody who is no approver of the project is refused (ACC-10)', async () => {
    await world.close();
    await open([{ ...SHOP, approvers: ['12'] }]);
    await approvable();
    expect((await ada.in(group).presses('✅ Approve')).text).toBe(
      'Only the approvers of Shop can do this. Recorded.',
    );
    expect((await bob.in(group).presses('✅ Approve')).text).toContain('Done:');
  });

  it('outside the scope of the person is refused (ACC-2)', async () => {
    await approvable();
    world.pair(12, 'Bob', 'operator', ['other']);
    expect((await bob.in(group).presses('✅ Approve')).text).toBe('You have no access to Shop.');
  });

  it('inc-90 whose answer Telegram no longer takes still counts, once (CB-4)', async () => {
    await approvable();
    const late = { code: 400, description: 'Bad Request: query is too old and response timeout expired' };
    world.server.faults.add({ kind: 'refuse', ...late }, { methods: ['answerCallbackQuery'], times: 1 });
    const { data, message } = await ada.in(group).seesButton('✅ Approve');
    void ada
      .in(group)
      .forges(message.message_id, data)
      .catch(() => undefined);
    await expect.poll(events).toEqual([{ name: 'approve', applied: true }]);
    expect((await ada.in(group).forges(message.message_id, data)).text).toMatch(/^Already done by you at /);
    expect(events()).toHaveLength(1);
  });

  it('that does not fit the state says what the state is (not waiting)', async () => {
    await approvable();
    change({ activity: waitingOf('answers', { since: Date.now() }) });
    const answer = await ada.in(group).presses('✅ Approve');
    expect(answer.text).toBe('Not now: Waiting for you: 2 question(s) from the analyst.');
    expect(rows('approve')[0]?.usedAt).toBeNull();
  });

  it('on a task that has ended says so (terminal)', async () => {
    await approvable();
    change({ stage: 'cancelled', activity: { kind: 'ended', since: Date.now() } });
    meddle('approve', { stage: 'cancelled', sha: null });
    expect((await ada.in(group).presses('✅ Approve')).text).toBe('SHOP-001 is already stopped.');
  });

  it('asks twice before a deploy; another person may not say yes (CB-20, CB-21)', async () => {
    await confirmable();
    expect((await ada.in(group).presses('🚀 Deploy a1f0000')).text).toBe('Please confirm below.');
    const { message } = await ada.in(group).seesButton('Yes, deploy');
    expect(message.text).toBe('Deploy SHOP-001 commit a1f0000 to shop?');
    expect(events()).toEqual([]);
    world.pair(12, 'Bob', 'owner');
    expect((await bob.in(group).presses('Yes, deploy')).text).toBe(
      'Only the person who asked can press this.',
    );
    expect((await ada.in(group).presses('Yes, deploy')).text).toContain('Done: SHOP-001 confirmed');
    expect(events()).toEqual([{ name: 'confirm-deploy', applied: true }]);
    await ada
      .in(group)
      .sees((row) => row.message_id === message.message_id && row.text?.startsWith('Done:') === true);
  });

  it('on the second step is stale when the state changed in between (CB-21)', async () => {
    await confirmable();
    await ada.in(group).presses('🚀 Deploy a1f0000');
    await ada.in(group).seesButton('Yes, deploy');
    change({ testedSha: 'b7c0000000000000000000000000000000000000' });
    expect((await ada.in(group).presses('Yes, deploy')).text).toContain(
      'The commit changed: a1f0000 → b7c0000.',
    );
    expect(events()).toEqual([]);
  });

  it('on Cancel changes nothing (CB-21)', async () => {
    await approvable({ activity: waitingOf('answers', { since: Date.now() }) });
    await ada.in(group).presses('🛑 Stop');
    const { message } = await ada.in(group).seesButton('Yes, stop');
    expect(message.text).toBe(
      'Stop SHOP-001 at Analysis? The agent is killed, the branch is archived and removed.',
    );
    expect((await ada.in(group).presses('Cancel')).text).toBe('Cancelled. Nothing was changed.');
    expect(events()).toEqual([]);
  });

  it('on Stop stops after the second step', async () => {
    await approvable({ activity: waitingOf('answers', { since: Date.now() }) });
    await ada.in(group).presses('🛑 Stop');
    await ada.in(group).seesButton('Yes, stop');
    expect((await ada.in(group).presses('Yes, stop')).text).toBe('Done: SHOP-001 is stopping.');
    expect(world.tasks.get(1)?.activity.kind).toBe('stopping');
  });

  it('on Reject asks for the reason by forced reply (RPL-2, PIPE-32)', async () => {
    await approvable();
    await ada.in(group).presses('❌ Reject');
    const question = await ada
      .in(group)
      .sees((row) => row.text?.startsWith('Why is SHOP-001 rejected?') === true);
    ada.in(group).replies(question.message_id, 'It misses the <b>CSV</b> header');
    await ada.in(group).sees((row) => row.text?.includes('rejected, back to Analysis') === true);
    expect(world.tasks.get(1)?.words.at(-1)).toMatchObject({
      kind: 'reject',
      text: 'It misses the <b>CSV</b> header',
      by: 'Ada',
    });
  });

  it('on Reject while merging or deploying is refused at once (critical window)', async () => {
    await confirmable();
    change({ activity: waitingOf('deploying', { since: Date.now() }) });
    expect(await ada.in(group).presses('❌ Reject')).toEqual({
      text: 'SHOP-001 is merging or deploying and cannot be rejected now. Rollback is offered when it ends.',
      alert: true,
    });
    expect(world.store.prompt(String(GROUP), 11)).toBeNull();
  });

  it('on a frozen repository names the reason and stays usable (frozen)', async () => {
    await world.close();
    const freeze = { repo: 'shop', scope: 'all' as const, reason: 'release week', by: 'Bob', since: 1 };
    await open([{ ...SHOP, freezes: [freeze] }]);
    await approvable();
    const { apply } = world.control;
    world.control.apply = (event) => ({
      ok: false,
      reason: 'frozen',
      message: 'frozen',
      task: world.tasks.get(event.target.task) ?? null,
    });
    expect((await ada.in(group).presses('✅ Approve')).text).toBe('shop is frozen: release week.');
    world.control.apply = apply;
    expect((await ada.in(group).presses('✅ Approve')).text).toContain('Done:');
  });

  it('that fails inside changes nothing and says so (internal error)', async () => {
    await approvable();
    world.control.apply = () => {
      throw new Error('disk full');
    };
    expect((await ada.in(group).presses('✅ Approve')).text).toBe(
      'Something failed; nothing was changed. Try again.',
    );
    expect(rows('approve')[0]?.usedAt).toBeNull();
  });

  it('supersedes nothing of the same binding when the card is drawn again (CB-2)', async () => {
    await approvable();
    const first = await ada.in(group).seesButton('✅ Approve');
    change({ title: 'Another title', version: 9 });
    await world.bot.refreshCard(1);
    const second = await ada.in(group).seesButton('✅ Approve');
    expect(second.data).toBe(first.data);
  });
});
