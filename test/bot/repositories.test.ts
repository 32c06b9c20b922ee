import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FreezeInfo, RepoControl, RollbackPlan } from '../../src/bot/ports.ts';
import { awaitingApproval, SHA } from '../support/bot/stages.ts';
import { waitingOf } from '../support/bot/views.ts';
import { createWorld, SHOP, type World } from '../support/bot/world.ts';
import type { Person } from '../support/telegram/people.ts';

const PREVIOUS = 'aaaaaaa000000000000000000000000000000000';

describe('commands on repositories and the queue', () => {
  let world: World;
  let ada: Person;
  let bob: Person;
  let freezes: FreezeInfo[];
  let done: string[];
  let plan: RollbackPlan;

  beforeEach(async () => {
    freezes = [];
    done = [];
    plan = { ok: true, task: 1, service: 'shop', sha: SHA, previousSha: PREVIOUS, warning: null };
    world = await createWorld();
    world.pair(11, 'Ada', 'owner');
    world.pair(12, 'Bob', 'operator');
    ada = world.server.person({ id: 11, name: 'Ada' });
    bob = world.server.person({ id: 12, name: 'Bob' });
    world.control.projects = () => [{ ...SHOP, freezes }];
    const did = (what: string) => {
      done.push(what);
      return { ok: true as const, detail: '' };
    };
    const repo: RepoControl = {
      freeze({ repo, scope, reason, actor }) {
        freezes = [{ repo, scope, reason, by: actor.name, since: Date.now() }];
        return { ok: true, detail: '' };
      },
      unfreeze({ repo }) {
        done.push(`unfreeze ${repo}`);
        freezes = [];
        return { ok: true, detail: '' };
      },
      pause: ({ repo, actor }) => did(`pause ${repo} ${actor.name}`),
      resume: ({ repo }) => did(`resume ${repo}`),
      rollbackPlan: () => plan,
      rollback: ({ repo, sha }) => did(`rollback ${repo} ${sha}`),
      revert: ({ task }) => did(`revert ${task}`),
    };
    world.control.repo = repo;
  });
  afterEach(() => world.close());

  const says = async (person: Person, text: string, expected: string) => {
    const said = person.says(text);
    return person.sees(
      (message) => message.message_id > said.message_id && message.text?.includes(expected) === true,
    );
  };

  it('/freeze takes effect at once and is told; /unfreeze asks an owner twice (SHIP-163)', async () => {
    await says(bob, '/freeze shop delivery release <week>', 'shop is frozen (delivery).');
    await ada.sees((message) => message.text === '🧊 shop frozen (delivery) by Bob: release <week>');
    await says(bob, '/unfreeze shop', 'Only owner can do this.');
    const question = await says(ada, '/unfreeze shop', 'Unfreeze shop? Frozen since');
    expect(question.text).toContain('release <week>');
    await ada.presses('Yes, unfreeze');
    expect(done).toEqual(['unfreeze shop']);
    await says(ada, '/unfreeze shop', 'shop is not frozen.');
  });

  it('/pause and /resume name what they stop; the queue shows it by its own button (VIEW-2)', async () => {
    await says(bob, '/pause', 'Paused: the whole queue. Running agents finish.');
    await says(bob, '/resume shop', 'Resumed: shop.');
    await says(bob, '/queue', '⚙️ Queue');
    await bob.presses('⏸ Pause');
    expect(done).toEqual(['pause null Bob', 'resume shop', 'pause null Bob']);
  });

  it('may not pause everything from a narrow scope (ACC-2)', async () => {
    world.pair(12, 'Bob', 'operator', ['shop']);
    await says(bob, '/pause', 'You have no access to all.');
    expect(done).toEqual([]);
  });

  it('nor by a button of the queue, nor another project by any button (ACC-2)', async () => {
    bob.says('/queue');
    const { message, data } = await bob.seesButton('⏸ Pause');
    world.pair(12, 'Bob', 'operator', ['other']);
    expect(await bob.forges(message.message_id, data)).toEqual({
      text: 'You have no access to all.',
      alert: true,
    });
    await says(bob, '/queue shop', 'You have no access to shop.');
    await says(bob, '/tasks shop', 'You have no access to shop.');
    expect(done).toEqual([]);
    expect(world.store.rows.audit.find(({ command }) => command === 'pause')?.result).toBe('forbidden');
  });

  it('/rollback asks twice and names both commits (SHIP-170)', async () => {
    await says(ada, '/rollback shop', 'Roll shop back from a1f0000 to aaaaaaa?');
    expect(done).toEqual([]);
    await ada.presses('Yes, roll back');
    expect(done).toEqual([`rollback shop ${SHA}`]);
  });

  it('/rollback that may not be safe wants the wid typed (SHIP-171)', async () => {
    world.put(awaitingApproval(11, Date.now()));
    plan = { ...plan, warning: 'A migration ran.' } as RollbackPlan;
    const question = await says(ada, '/rollback SHOP-001', 'A migration ran.');
    ada.replies(question.message_id, 'SHOP-002');
    await ada.sees((message) => message.text === 'Cancelled. Nothing was changed.');
    expect(done).toEqual([]);
    const again = await says(ada, '/rollback SHOP-001', 'Type SHOP-001 to confirm.');
    ada.replies(again.message_id, 'shop-001');
    await ada.sees((message) => message.text === 'Done: rollback of shop started.');
    expect(done).toEqual([`rollback shop ${SHA}`]);
  });

  it('/rollback that is impossible says why (SHIP-171)', async () => {
    plan = { ok: false, message: 'No previous release of shop is recorded.' };
    await says(ada, '/rollback shop', 'No previous release of shop is recorded.');
  });

  it('the button Roll back of a failed deploy asks twice as well (CB-20)', async () => {
    const activity = waitingOf('blocked', { cause: 'deploy-failed', reason: 'health', facts: {} });
    const change = { stage: 'development' as const, attempts: { analysis: 1, development: 1 }, activity };
    world.put(awaitingApproval(11, Date.now(), { ...change, landedSha: SHA }));
    await world.bot.refreshCard(1);
    await ada.presses('↩️ Roll back');
    expect(done).toEqual([]);
    await ada.seesButton('Yes, roll back');
    await ada.presses('Yes, roll back');
    expect(done).toEqual([`rollback shop ${SHA}`]);
    await ada.presses('↩️ Revert on main');
    const { message } = await ada.seesButton('Yes, revert');
    expect(message.text).toBe('Revert SHOP-001 (a1f0000) on main of shop? Nothing is deployed by this.');
  });

  it('tell owners when somebody tries more than ten forbidden things within an hour (CB-8)', async () => {
    world.put(awaitingApproval(11, Date.now(), { activity: waitingOf('frozen', { since: Date.now() }) }));
    await world.bot.refreshCard(1);
    const { data, message } = await ada.seesButton('🔥 Unfreeze');
    world.store.rows.callbacks.forEach((row, nonce) => {
      world.store.putCallback({ ...row, nonce, chat: '12' });
    });
    bob.says('/whoami');
    const own = await bob.sees((row) => row.text?.startsWith('Bob ·') === true);
    for (let n = 0; n < 12; n++) await bob.forges(own.message_id, data);
    await ada.sees(
      (row) => row.text?.startsWith('⚠️ Bob (id 12) tried more than 10 forbidden actions') === true,
    );
    await world.bot.idle();
    expect(ada.messages(50).filter(({ text }) => text?.startsWith('⚠️ Bob'))).toHaveLength(1);
    expect(message.message_id).toBeGreaterThan(0);
  });

  it('and when it is somebody nobody paired (CB-8)', async () => {
    const eve = world.server.person({ id: 99, name: 'Eve' });
    const group = world.server.group({ id: -100500, title: 'Team' });
    world.put(awaitingApproval(-100500, Date.now()));
    await world.bot.refreshCard(1);
    const { data, message } = await ada.in(group).seesButton('✅ Approve');
    for (let n = 0; n < 12; n++) await eve.in(group).forges(message.message_id, data);
    await ada.sees((row) => row.text?.startsWith('⚠️ Eve (id 99) tried more than 10') === true);
    await world.bot.idle();
    expect(ada.messages(50).filter(({ text }) => text?.startsWith('⚠️ Eve'))).toHaveLength(1);
  });
});
