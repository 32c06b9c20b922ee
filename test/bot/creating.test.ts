import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { splitTask } from '../../src/bot/features/task-draft.ts';
import { awaitingApproval } from '../support/bot/stages.ts';
import { createWorld, SHOP, type World } from '../support/bot/world.ts';
import type { Person } from '../support/telegram/people.ts';

const DOCS = { ...SHOP, repo: 'docs', name: 'Docs', prefix: 'DOC' };
const LONG = `${'Show the delivery date in the cart '.repeat(4)}please`;
const BODY = 'Users need the monthly report as a CSV file to open it.';

describe('a task text (CMD-10)', () => {
  it.each([
    ['Title\nBody', 'Title', 'Body'],
    ['One line', 'One line', 'One line'],
    ['  Title \n\n Body ', 'Title', 'Body'],
  ])('%j', (text, title, description) => {
    expect(splitTask(text)).toEqual({ title, description });
  });

  it('of one long line is cut to 80 characters at a word, and kept whole as the description', () => {
    const { title, description } = splitTask(LONG);
    expect(title).toBe('Show the delivery date in the cart Show the delivery date in the cart Show the');
    expect(description).toBe(LONG);
  });
});

describe('where a task and a command go', () => {
  let world: World;
  let ada: Person;
  const open = async (): Promise<void> => {
    world = await createWorld({ projects: [SHOP, DOCS] });
    world.pair(11, 'Ada', 'owner');
    ada = world.server.person({ id: 11, name: 'Ada' });
  };
  beforeEach(open);
  afterEach(() => world.close());
  const sees = (part: string) => ada.sees(({ text }) => text?.includes(part) === true);
  const forum = (threads: Record<string, number>) => {
    const group = world.server.group({ id: -100700, title: 'Team', forum: true });
    const row = { chat: '-100700', kind: 'group' as const, title: 'Team', projects: [], lang: null };
    world.store.putChat({ ...row, reachable: true, threads, forum: true, digest: null });
    return group;
  };

  it('the project is the first word where it names one, else buttons ask (CMD-12)', async () => {
    ada.says(`/new docs Describe the export\n${BODY}`);
    await expect.poll(() => world.tasks.get(1)?.repo).toBe('docs');
    ada.says(`/new Describe the import\n${BODY}`);
    await sees('Which project?');
    await ada.presses('Shop');
    await ada.seesButton('✅ Create');
    await ada.presses('✅ Create');
    await expect.poll(() => world.tasks.get(2)?.repo).toBe('shop');
  });

  it('a topic means its project, for tasks and for commands (TOPIC-5)', async () => {
    const group = forum({ docs: 7 });
    group.record.topics.set(7, { id: 7, name: 'Docs', closed: false, iconColor: 0 });
    ada.in(group, 7).says(`/new Describe the export\n${BODY}`);
    await expect.poll(() => world.tasks.get(1)?.repo).toBe('docs');
  });

  it('a bare number that several projects know is asked about, and the button runs the command (CMD-1)', async () => {
    world.put(awaitingApproval(11, Date.now()));
    world.put(
      awaitingApproval(11, Date.now(), { id: 2, wid: 'DOC-001', repo: 'docs', title: 'Another one' }),
    );
    ada.says('/approve 1');
    await sees('Which task?');
    expect(world.decided).toEqual([]);
    await ada.presses(/^DOC-001 · Another one/);
    await sees('Approved. Architecture starts.');
    expect(world.decided.map(({ event }) => event.target.task)).toEqual([2]);
  });

  it('in a group, free text counts only with the name of the bot, and another bot’s commands never (CMD-5, CMD-13)', async () => {
    const group = world.server.group({ id: -100500, title: 'Team' });
    const here = ada.in(group);
    here.says('we should add a CSV export');
    here.says('/queue@another_bot');
    here.says('/whoami@Orchestrator_Test_Bot');
    await here.sees(({ text }) => text?.startsWith('Ada · id 11') === true);
    await world.bot.idle();
    expect(group.messages().filter(({ from }) => from?.is_bot)).toHaveLength(1);
    here.says('@orchestrator_test_bot add a CSV export to reports');
    await here.sees(({ text }) => text?.startsWith('📝 add a CSV export to reports') === true);
    expect(world.tasks.size).toBe(0);
  });

  it('a draft expires after a day and creates nothing then (CMD-14)', async () => {
    ada.says('Add a CSV export to the monthly reports');
    await ada.seesButton('Shop');
    await ada.presses('Shop');
    const { message, data } = await ada.seesButton('✅ Create');
    await world.bot.idle();
    for (const row of world.store.rows.drafts.values())
      world.store.putDraft({ ...row, expiresAt: Date.now() - 1 });
    await ada.forges(message.message_id, data);
    await sees('This draft has expired.');
    expect(world.tasks.size).toBe(0);
  });
});
