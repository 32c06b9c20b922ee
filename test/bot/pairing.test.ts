import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/bot/world.ts';
import type { Person } from '../support/telegram/people.ts';

describe('pairing and access', () => {
  let world: World;
  let shift: number;

  beforeEach(async () => {
    shift = 0;
    world = await createWorld({ now: () => Date.now() + shift });
  });
  afterEach(() => world.close());

  const says = async (person: Person, text: string, expected: string): Promise<string> => {
    const said = person.says(text);
    const seen = await person.sees(
      (message) => message.message_id > said.message_id && message.text?.includes(expected) === true,
    );
    return seen.text ?? '';
  };
  const WRONG = 'That code does not work.';

  it('makes the first person with the console code the owner, once (ACC-3)', async () => {
    const code = world.bot.ownerCode() ?? '';
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    const ada = world.server.person({ id: 11, name: 'Ada' });
    const bob = world.server.person({ id: 12, name: 'Bob' });
    await says(ada, `/start ${code}`, 'Welcome, Ada. You are owner now.');
    await says(bob, `/start ${code}`, WRONG);
    expect(world.bot.ownerCode()).toBeNull();
    expect(JSON.stringify([...world.store.rows.pairing.values()])).not.toContain(code);
  });

  it('takes a deep link code without its dash, and gives role and scope of the invitation (ACC-4)', async () => {
    world.pair(11, 'Ada', 'owner');
    const ada = world.server.person({ id: 11, name: 'Ada' });
    const answer = await says(ada, '/pair operator shop', 'Code for operator:');
    const payload = /start=([0-9A-Z]{8})/.exec(answer)?.[1] ?? '';
    const bob = world.server.person({ id: 12, name: 'Bob' });
    await says(bob, `/start ${payload.toLowerCase()}`, 'You are operator now.');
    await ada.sees((message) => message.text === '👤 Bob joined as operator (paired by Ada).');
    expect(world.store.user(12)).toMatchObject({ role: 'operator', projects: ['shop'] });
  });

  it('refuses an expired code with the same text as a wrong one (ACC-5)', async () => {
    const code = world.bot.ownerCode() ?? '';
    shift = 601_000;
    await says(world.server.person({ id: 11, name: 'Ada' }), `/start ${code}`, WRONG);
  });

  it('locks a sender out for a day after five wrong codes (ACC-5)', async () => {
    const eve = world.server.person({ id: 99, name: 'Eve' });
    for (let n = 0; n < 5; n++) await says(eve, `/start AAAA-000${n}`, WRONG);
    const code = world.bot.ownerCode() ?? '';
    await says(eve, `/start ${code}`, WRONG);
    const ada = world.server.person({ id: 11, name: 'Ada' });
    await says(ada, `/start ${code}`, 'Welcome');
  });

  it('answers an unknown sender once for ten messages, and tells owners once (ACC-6)', async () => {
    world.pair(11, 'Ada', 'owner');
    const ada = world.server.person({ id: 11, name: 'Ada' });
    const eve = world.server.person({ id: 99, name: 'Eve' });
    for (let n = 0; n < 10; n++) eve.says(`let me in ${n}`);
    await ada.sees((message) => message.text?.startsWith('👤 Somebody') === true);
    await world.bot.idle();
    const ofBot = (person: Person) => person.messages(50).filter(({ from }) => from?.is_bot);
    expect(ofBot(eve).map(({ text }) => text)).toEqual([
      'This is a private bot. Send the pairing code the owner gave you: /start CODE.',
    ]);
    expect(ofBot(ada)).toHaveLength(1);
  });

  it('ignores unknown members of a group, and logs what a stranger wrote without their code (ACC-6, SAFE-4)', async () => {
    const group = world.server.group({ id: -100500, title: 'Team' });
    const eve = world.server.person({ id: 99, name: 'Eve' });
    eve.in(group).says('/approve SHOP-001');
    eve.says('/start ABCD-EFGH please');
    await eve.sees(({ text }) => text?.startsWith('This is a private bot.') === true);
    await world.bot.idle();
    expect(group.messages().filter(({ from }) => from?.is_bot)).toEqual([]);
    expect(world.store.rows.audit).toEqual([
      expect.objectContaining({ user: 99, command: 'message', result: 'unpaired', reason: '/start' }),
    ]);
  });

  it('seeds users into an empty table only (ACC-8)', async () => {
    await world.close();
    const settings = {
      allowedUsers: [
        { id: 21, role: 'owner' as const },
        { id: 22, role: 'viewer' as const },
      ],
    };
    world = await createWorld({ settings });
    expect(world.store.users().map(({ id, role }) => `${id} ${role}`)).toEqual(['21 owner', '22 viewer']);
    const { server, store } = world;
    await world.bot.stop();
    store.removeUser(22);
    world = await createWorld({ server, store, settings });
    expect(world.store.users().map(({ id }) => id)).toEqual([21]);
  });

  it('a new role brings its command menu with it (CHAT-17)', async () => {
    world.pair(11, 'Ada', 'owner');
    world.pair(12, 'Bob', 'viewer');
    world.server.person({ id: 11, name: 'Ada' }).says('/users role 12 operator');
    const menu = await world.server.calls.sees(
      ({ method, values }) =>
        method === 'setMyCommands' &&
        JSON.stringify(values.scope ?? '').includes('12') &&
        JSON.stringify(values.commands).includes('approve'),
    );
    expect(JSON.stringify(menu.values.commands)).not.toContain('override');
  });

  it('never removes or demotes the last owner (ACC-7)', async () => {
    world.pair(11, 'Ada', 'owner');
    const ada = world.server.person({ id: 11, name: 'Ada' });
    await says(ada, '/users role 11 viewer', 'The last owner cannot be removed or demoted.');
    await says(ada, '/users remove 11', 'The last owner cannot be removed or demoted.');
    world.pair(12, 'Bob', 'operator');
    await says(ada, '/users remove 12', 'Remove Bob?');
    await ada.presses('Yes, remove');
    expect(world.store.user(12)).toBeNull();
  });

  it('leaves a group that nobody known added it to, and asks an owner what to report (ACC-9)', async () => {
    world.pair(11, 'Ada', 'owner');
    const ada = world.server.person({ id: 11, name: 'Ada' });
    const eve = world.server.person({ id: 99, name: 'Eve' });
    const foreign = world.server.group({ id: -100900, title: 'Foreign', bot: 'left' });
    foreign.setsBot('member', eve);
    const team = world.server.group({ id: -100901, title: 'Team', bot: 'left' });
    team.setsBot('member', ada);
    await ada.in(team).seesButton('All projects');
    await ada.in(team).presses('All projects');
    await ada.in(team).sees((message) => message.text === 'This chat reports: all.');
    expect(world.store.chat('-100901')?.projects).toEqual([]);
    expect(world.server.calls.of('leaveChat').map(({ chatId }) => chatId)).toEqual([-100900]);
  });

  it('refuses whoever posts in the name of a channel (ACC-1)', async () => {
    world.pair(11, 'Ada', 'owner');
    const team = world.server.group({ id: -100902, title: 'Team' });
    team.postsAnonymously('/approve SHOP-001');
    await world.server
      .person({ id: 11, name: 'Ada' })
      .in(team)
      .sees((message) => message.text === 'Post as yourself: I need to know who decides.');
  });
});
