import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitingApproval, awaitingConfirm } from '../support/bot/stages.ts';
import { waitingOf } from '../support/bot/views.ts';
import { createWorld, SHOP, type World } from '../support/bot/world.ts';
import type { Group, Person } from '../support/telegram/people.ts';

const GROUP = -100500;
const ASKED = { activity: waitingOf('answers', { since: Date.now() }) };

/** Section 6: what a reply means, and who may mean it. */
describe('a reply', () => {
  let world: World;
  let ada: Person;
  let bob: Person;
  let vic: Person;
  let group: Group;

  const open = async (projects = [SHOP]): Promise<void> => {
    world = await createWorld({ projects });
    world.pair(11, 'Ada', 'owner');
    world.pair(12, 'Bob', 'operator');
    world.pair(13, 'Vic', 'viewer');
    ada = world.server.person({ id: 11, name: 'Ada' });
    bob = world.server.person({ id: 12, name: 'Bob' });
    vic = world.server.person({ id: 13, name: 'Vic' });
    group = world.server.group({ id: GROUP, title: 'Team' });
  };
  beforeEach(() => open());
  afterEach(() => world.close());

  const here = (person: Person) => person.in(group);
  const card = async (): Promise<number> => {
    await world.bot.refreshCard(1);
    return (await here(ada).sees(({ text }) => text?.startsWith('🛠️ SHOP-001') === true)).message_id;
  };
  const replies = async (person: Person, to: number, text: string, expected: string): Promise<void> => {
    const { message_id } = here(person).replies(to, text);
    await here(person).sees(
      (message) => message.message_id > message_id && message.text?.includes(expected) === true,
    );
    await world.bot.idle();
  };
  const audit = () =>
    world.store.rows.audit.map(({ name, command, result }) => `${name} ${command} ${result}`);

  it('to questions is the answer, and relaunches the analyst with it (RPL-1)', async () => {
    world.put(awaitingApproval(GROUP, Date.now(), ASKED));
    await replies(bob, await card(), 'CSV only, with <b>header</b>', 'the analyst got your answer');
    expect(world.tasks.get(1)?.words.at(-1)).toMatchObject({
      kind: 'answer',
      text: 'CSV only, with <b>header</b>',
      by: 'Bob',
    });
    expect(audit()).toEqual(['Bob reply ok']);
  });

  it.each([
    ['questions', ASKED],
    ['a running agent', { activity: { kind: 'working', step: 'agent', since: 1, deadline: 2 } }],
    ['an approval', {}],
  ] as const)('of a viewer to %s changes nothing, is answered and recorded', async (_, change) => {
    world.put(awaitingApproval(GROUP, Date.now(), change));
    await replies(vic, await card(), 'me too', 'Only operator can do this. Recorded.');
    expect(world.decided).toEqual([]);
    expect(audit()).toEqual(['Vic reply forbidden']);
  });

  it('to questions of somebody who is no approver of the project is refused (ACC-10)', async () => {
    await world.close();
    await open([{ ...SHOP, approvers: ['11'] }]);
    world.put(awaitingApproval(GROUP, Date.now(), ASKED));
    await replies(bob, await card(), 'CSV', 'Only the approvers of Shop can do this. Recorded.');
    expect(world.decided).toEqual([]);
  });

  it('to a prompt needs the rights of what was asked for, at the time of the reply', async () => {
    world.put(awaitingApproval(GROUP, Date.now()));
    await card();
    await here(bob).presses('❌ Reject');
    const asked = await here(bob).sees(({ text }) => text?.startsWith('Why is SHOP-001') === true);
    world.pair(12, 'Bob', 'viewer');
    await replies(bob, asked.message_id, 'because', 'Only operator can do this. Recorded.');
    expect(world.decided).toEqual([]);
  });

  it('while an agent works is a note for the next attempt (RPL-4)', async () => {
    const activity = {
      kind: 'working' as const,
      step: 'agent',
      since: Date.now(),
      deadline: Date.now() + 1e6,
    };
    world.put(awaitingApproval(GROUP, Date.now(), { activity }));
    await replies(bob, await card(), 'mind the header', 'Noted; the next attempt will see it.');
    expect(world.tasks.get(1)?.words.at(-1)).toMatchObject({ kind: 'note', text: 'mind the header' });
  });

  it('to a confirm request offers to reject with it (RPL-1)', async () => {
    world.put(awaitingConfirm(GROUP, Date.now()));
    await replies(ada, await card(), 'wrong colour', 'Use this as the reason to reject?');
    await here(ada).presses('❌ Reject with this');
    expect(world.tasks.get(1)).toMatchObject({ stage: 'deploy-staging' });
  });

  it('to a task that has ended, or to a forgotten message about one, is answered with its state (RPL-5)', async () => {
    world.put(awaitingApproval(GROUP, Date.now()));
    const id = await card();
    world.store.rows.messages.clear();
    await replies(bob, id, 'hello?', 'SHOP-001: Waiting for you: approve the analysis.');
    world.store.putMessage({
      ...{ task: 1, stage: 'analysis', attempt: 1, sha: null, chat: String(GROUP), message: id },
      waiting: 'approval',
    });
    const end = { stage: 'done' as const, activity: { kind: 'ended' as const, since: 1 }, endedAt: 1 };
    world.put(awaitingApproval(GROUP, Date.now(), end));
    await replies(bob, id, 'hello?', 'SHOP-001: SHOP-001 is done.');
    expect(world.decided).toEqual([]);
  });

  it('to a message of the bot about nothing says that it is forgotten (RPL-5)', async () => {
    here(bob).says('/whoami');
    const said = await here(bob).sees(({ text }) => text?.startsWith('Bob · id 12') === true);
    await replies(bob, said.message_id, 'and?', 'I no longer know what that message was about.');
  });

  it('to another person in a group is talk among people, and none of our business', async () => {
    const said = here(ada).says('shall we?');
    here(bob).replies(said.message_id, 'yes');
    here(bob).says('/whoami');
    await here(bob).sees(({ text }) => text?.startsWith('Bob · id 12') === true);
    await world.bot.idle();
    expect(audit()).toEqual(['Bob whoami ok']);
  });

  it('replaces the question before it and says so; the old prompt is worth nothing (RPL-6)', async () => {
    world.put(awaitingApproval(GROUP, Date.now()));
    await card();
    await here(ada).presses('❌ Reject');
    const first = await here(ada).sees(({ text }) => text?.startsWith('Why is SHOP-001') === true);
    here(ada).says('/new');
    await here(ada).sees(({ text }) => text?.includes('(Your earlier question is dropped.)') === true);
    await replies(ada, first.message_id, 'too late', 'SHOP-001: Waiting for you');
    expect(world.decided).toEqual([]);
  });

  it('longer than 4000 characters is refused with its length (RPL-3)', async () => {
    world.put(awaitingApproval(GROUP, Date.now(), ASKED));
    await replies(bob, await card(), 'x'.repeat(4001), 'That is 4001 characters; at most 4000 are kept.');
    expect(world.decided).toEqual([]);
  });
});

describe('what is no command', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    world.pair(11, 'Ada', 'owner');
    world.pair(13, 'Vic', 'viewer');
  });
  afterEach(() => world.close());

  it('is refused in words where the role may not write tasks (CHAT-3)', async () => {
    const vic = world.server.person({ id: 13, name: 'Vic' });
    vic.says('Please add a CSV export');
    await vic.sees(({ text }) => text === 'Only operator can do this. Recorded.');
    expect(world.store.rows.audit.map(({ command, result }) => `${command} ${result}`)).toEqual([
      'draft forbidden',
    ]);
  });

  it('and no text, as a picture, is answered in a private chat (CHAT-3)', async () => {
    const ada = world.server.person({ id: 11, name: 'Ada' });
    const photo = [{ file_id: 'p', file_unique_id: 'p', width: 1, height: 1 }];
    const { chat } = ada.chat;
    world.server.injects({
      message: {
        message_id: 900,
        date: 1,
        chat: chat as never,
        from: ada.user,
        photo,
        caption: '/approve 1',
      },
    });
    await ada.sees(({ text }) => text?.startsWith('I read text only.') === true);
  });
});
