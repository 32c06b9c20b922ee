import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEpic } from '../../src/bot/epic.ts';
import { createWorld, SHOP, type World } from '../support/bot/world.ts';
import type { Person } from '../support/telegram/people.ts';

const EPIC = [
  'Customer reports',
  'Users want the monthly numbers without asking us.',
  '1. Export reports as CSV',
  '   One file per month, with a header.',
  '2. Mail the export monthly',
  '3. Show reports on a page (after 1)',
  '- Rename the reports menu',
].join('\n');

describe('an epic as it is written', () => {
  it('numbered tasks follow each other, bulleted ones nobody, and "after" says otherwise', () => {
    expect(parseEpic(EPIC)).toEqual({
      title: 'Customer reports',
      intro: 'Users want the monthly numbers without asking us.',
      parts: [
        { title: 'Export reports as CSV', description: 'One file per month, with a header.', after: [] },
        { title: 'Mail the export monthly', description: '', after: [0] },
        { title: 'Show reports on a page', description: '', after: [0] },
        { title: 'Rename the reports menu', description: '', after: [] },
      ],
    });
  });

  it.each([
    ['x\n1. one\n2. two (after 1, 1)', [[], [0]]],
    ['x\n1) one\n2) two (после 1)\n3) three (after 1, 2)', [[], [0], [0, 1]]],
    ['x\n1. one\n2. two (after none)', [[], []]],
  ])('reads %j', (text, after) => {
    const epic = parseEpic(text);
    expect('parts' in epic && epic.parts.map((part) => part.after)).toEqual(after);
  });

  it.each([
    ['Only a title', { kind: 'no-parts' }],
    ['x\n1. one (after 2)\n2. two', { kind: 'bad-after', n: 1, after: 2 }],
    ['x\n1. one\n2. two (after 2)', { kind: 'bad-after', n: 2, after: 2 }],
    [`x\n${'- one\n'.repeat(21)}`, { kind: 'too-many', n: 21, max: 20 }],
  ])('refuses %j', (text, problem) => {
    expect(parseEpic(text)).toEqual(problem);
  });
});

describe('/epic', () => {
  let world: World;
  let ada: Person;
  const open = async (projects = [SHOP]): Promise<void> => {
    world = await createWorld({ projects });
    world.pair(11, 'Ada', 'owner');
    ada = world.server.person({ id: 11, name: 'Ada' });
  };
  beforeEach(() => open());
  afterEach(() => world.close());
  const sees = (start: string) => ada.sees(({ text }) => text?.startsWith(start) === true);

  it('shows the tasks and what each waits for, and creates nothing before the tap', async () => {
    ada.says(`/epic ${EPIC}`);
    const { text } = await sees('📚 Customer reports');
    expect(text?.split('\n')).toEqual([
      '📚 Customer reports · 4 tasks',
      '1. Export reports as CSV',
      '2. Mail the export monthly ← 1',
      '3. Show reports on a page ← 1',
      '4. Rename the reports menu',
      'Project: shop',
    ]);
    expect(world.tasks.size).toBe(0);
  });

  it('creates them once, in order, each with its predecessors and with what the epic is about', async () => {
    ada.says(`/epic ${EPIC}`);
    const { message, data } = await ada.seesButton('✅ Create all');
    await Promise.all([ada.forges(message.message_id, data), ada.forges(message.message_id, data)]);
    await ada.sees(({ text }) => text?.includes('SHOP-003 Show reports on a page ← SHOP-001') === true);
    await world.bot.idle();
    expect([...world.blockedByOf]).toEqual([
      ['SHOP-001', []],
      ['SHOP-002', ['SHOP-001']],
      ['SHOP-003', ['SHOP-001']],
      ['SHOP-004', []],
    ]);
    expect(world.tasks.get(1)).toMatchObject({
      title: 'Export reports as CSV',
      description:
        'One file per month, with a header.\n\nPart 1 of 4 of “Customer reports”.\n\nUsers want the monthly numbers without asking us.',
      originChat: '11',
    });
    expect(world.tasks.size).toBe(4);
    for (const wid of ['SHOP-001', 'SHOP-002', 'SHOP-003', 'SHOP-004']) await sees(`🛠️ ${wid} · `);
  });

  it('lists what QG-0 finds in any task and takes the corrected text as a reply; nothing was created', async () => {
    ada.says('/epic Reports\n1. CSV\n2. Mail the export monthly');
    await ada.sees(({ text }) => text?.includes('1. Title is too short: 3 characters') === true);
    const question = await sees('Reply with the corrected text.');
    expect(world.tasks.size).toBe(0);
    ada.replies(question.message_id, 'Reports\n1. Export as CSV\n2. Mail the export monthly');
    await ada.sees(({ text }) => text?.includes('2. Mail the export monthly ← 1') === true);
    await ada.presses('✅ Create all');
    await ada.sees(({ text }) => text?.includes('SHOP-002 Mail the export monthly ← SHOP-001') === true);
  });

  it('changed by an edit of the message is drawn anew, and asks for the project where there are several', async () => {
    await world.close();
    await open([SHOP, { ...SHOP, repo: 'docs', name: 'Docs', prefix: 'DOC' }]);
    const said = ada.says(`/epic ${EPIC}`);
    await sees('📚 Customer reports · 4 tasks');
    ada.edits(said.message_id, `/epic ${EPIC}\n- Tell the customers`);
    await sees('📚 Customer reports · 5 tasks');
    await ada.presses('Docs');
    await ada.seesButton('✅ Create all');
    await ada.presses('✖️ Cancel');
    await sees('Draft dropped.');
    expect(world.tasks.size).toBe(0);
  });
});
