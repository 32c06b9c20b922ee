import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasRole } from '../../src/bot/access.ts';
import { COMMANDS } from '../../src/bot/commands.ts';
import { awaitingApproval, awaitingConfirm, SHA } from '../support/bot/stages.ts';
import { waitingOf } from '../support/bot/views.ts';
import { createWorld, SHOP, type World } from '../support/bot/world.ts';
import type { Person } from '../support/telegram/people.ts';

const TEXT = 'Add CSV export to reports\nUsers need the monthly report as a CSV file to open it.';

describe('chat commands', () => {
  let world: World;
  let ada: Person;
  let vic: Person;

  const open = async (options: Parameters<typeof createWorld>[0] = {}): Promise<void> => {
    world = await createWorld(options);
    world.pair(11, 'Ada', 'owner');
    world.pair(13, 'Vic', 'viewer');
    ada = world.server.person({ id: 11, name: 'Ada' });
    vic = world.server.person({ id: 13, name: 'Vic' });
  };
  beforeEach(() => open());
  afterEach(() => world.close());

  /** Says it and waits for a new message of the bot that contains `expected`. */
  const says = async (person: Person, text: string, expected: string | RegExp) => {
    const said = person.says(text);
    return person.sees(
      (message) =>
        message.message_id > said.message_id &&
        (typeof expected === 'string'
          ? message.text?.includes(expected) === true
          : expected.test(message.text ?? '')),
    );
  };
  const approvable = (): void => void world.put(awaitingApproval(11, Date.now()));
  const events = () => world.decided.map(({ event, applied }) => ({ name: event.name, applied }));

  it('beyond the role are refused once each, with one audit row each (section 16.8)', async () => {
    const forbidden = COMMANDS.filter(({ role }) => !hasRole('viewer', role));
    expect(forbidden.length).toBeGreaterThan(15);
    for (const { name, role } of forbidden)
      await says(vic, `/${name} SHOP-001`, `Only ${role} can do this. Recorded.`);
    await world.bot.idle();
    const refused = world.store.rows.audit.filter(({ result }) => result === 'forbidden');
    expect(refused.map(({ command }) => command)).toEqual(forbidden.map(({ name }) => name));
    expect(world.decided).toEqual([]);
  });

  it('unknown or incomplete say what to do (CMD-4)', async () => {
    await says(ada, '/frobnicate', "I don't know /frobnicate. /help lists everything.");
    await says(ada, '/approve', 'Usage: /approve <task> [note]\nExample: /approve ORCH-042');
    await says(ada, '/auto SHOP-001 approve', 'I know no task SHOP-001.');
    approvable();
    await says(ada, '/auto SHOP-001 approve', 'Example: /auto ORCH-042 approve on');
    for (const name of [
      'reject',
      'answer',
      'confirm',
      'stop',
      'why',
      'log',
      'deps',
      'budget',
      'pair',
      'lang',
    ])
      await says(ada, `/${name}`, 'Example: /');
    await says(ada, '/why SHOP-777', 'I know no task SHOP-777.');
  });

  it('take a task by full, short or bare number, or from the message they reply to (CMD-1, CMD-2)', async () => {
    approvable();
    await says(ada, '/why SHOP-001', 'Waiting for you: approve the analysis.');
    await says(ada, '/why shop-1', 'Waiting for you: approve the analysis.');
    await says(ada, '/why 1', 'Waiting for you: approve the analysis.');
    await world.bot.refreshCard(1);
    const card = await ada.sees((message) => message.text?.startsWith('🛠️ SHOP-001') === true);
    ada.replies(card.message_id, '/approve');
    await ada.sees((message) => message.text === 'Approved. Architecture starts.');
    expect(events()).toEqual([{ name: 'approve', applied: true }]);
  });

  it('/new lists every problem of QG-0 and takes the corrected text as a reply (CMD-11)', async () => {
    await says(ada, '/new CSV\ntoo short', 'QG-0 failed:');
    const question = await ada.sees(
      (message) => message.text?.startsWith('Reply with the corrected task') === true,
    );
    expect(world.tasks.size).toBe(0);
    ada.replies(question.message_id, TEXT);
    await ada.sees((message) => message.text?.startsWith('🛠️ SHOP-001') === true);
    expect(world.tasks.get(1)).toMatchObject({ title: 'Add CSV export to reports', originChat: '11' });
  });

  it('free text is a draft that creates one task, however often it is tapped (CMD-13, CMD-14)', async () => {
    await says(ada, TEXT, '📝 Add CSV export to reports');
    expect(world.tasks.size).toBe(0);
    const { message, data } = await ada.seesButton('✅ Create');
    await Promise.all([ada.forges(message.message_id, data), ada.forges(message.message_id, data)]);
    await ada.sees((row) => row.text === 'Created: SHOP-001');
    expect(world.tasks.size).toBe(1);
  });

  it('an edited message updates its draft and runs nothing again (CHAT-16)', async () => {
    const said = ada.says(TEXT);
    await ada.sees((message) => message.text?.startsWith('📝 Add CSV') === true);
    ada.edits(said.message_id, TEXT.replace('CSV', 'XLSX'));
    await ada.sees((message) => message.text?.startsWith('📝 Add XLSX') === true);
    const why = ada.says('/whoami');
    await ada.sees((message) => message.text?.includes('id 11') === true);
    ada.edits(why.message_id, '/queue');
    await world.bot.idle();
    expect(world.store.rows.audit.map(({ command }) => command)).not.toContain('queue');
  });

  it('inc-98 older than an hour are asked about instead of run (CHAT-15)', async () => {
    await world.close();
    const past = Date.now() - 2 * 3_600_000;
    let shift = 0;
    await open({ now: () => past + shift, start: false });
    approvable();
    ada.says('/approve SHOP-001');
    shift = 2 * 3_600_000;
    const late = await createWorld({
      server: world.server,
      store: world.store,
      engine: world,
      now: Date.now,
    });
    await ada.sees((message) => message.text === 'You sent this 120m ago while I was offline. Run it now?');
    expect(events()).toEqual([]);
    await ada.presses('▶️ Run it now');
    await ada.sees((message) => message.text === 'Approved. Architecture starts.');
    await late.bot.stop();
  });

  it('/confirm with another SHA names both; with the right one it asks nothing more (section 16.6)', async () => {
    world.put(awaitingConfirm(11, Date.now()));
    await says(
      ada,
      '/confirm SHOP-001 b7c1234',
      'The commit you named is b7c1234, the one that waits is a1f0000.',
    );
    expect(events()).toEqual([]);
    await says(ada, `/confirm SHOP-001 ${SHA.slice(0, 9)}`, 'Done: SHOP-001 confirmed');
    expect(events()).toEqual([{ name: 'confirm-deploy', applied: true }]);
  });

  it('/stop asks twice and keeps the reason (CB-20)', async () => {
    approvable();
    await says(ada, '/stop SHOP-001 not needed', 'Stop SHOP-001 at Analysis?');
    await ada.presses('Yes, stop');
    expect(world.tasks.get(1)?.stop).toMatchObject({ by: 'Ada', reason: 'not needed' });
  });

  it('/reject takes a reason, refuses one that is too long, and asks for a missing one (RPL-3)', async () => {
    approvable();
    await says(
      ada,
      `/reject SHOP-001 ${'x'.repeat(4001)}`,
      'That is 4001 characters; at most 4000 are kept.',
    );
    await says(ada, '/reject SHOP-001', 'Why is SHOP-001 rejected?');
    await says(ada, '/reject SHOP-001 wrong page', 'Done: SHOP-001 rejected, back to Analysis.');
    expect(events()).toEqual([{ name: 'reject', applied: true }]);
  });

  it('/override accepts only gates that are no safety gates, and asks twice (PIPE-29)', async () => {
    const activity = waitingOf('blocked', {
      cause: 'cannot-verify',
      reason: 'x',
      facts: { gate: 'check_ci_green' },
    });
    const task = {
      stage: 'development' as const,
      attempts: { analysis: 1, development: 1 },
      passed: ['agent', 'ensure-pr'],
    };
    world.put(awaitingApproval(11, Date.now(), { ...task, activity }));
    await says(
      ada,
      '/override SHOP-001 security_gate because',
      'check_security_gate cannot be accepted here.',
    );
    await says(
      ada,
      '/override SHOP-001 ci_green runner <down>',
      'Accept failed gate check_ci_green for SHOP-001 a1f0000?',
    );
    await ada.presses('Yes, accept');
    expect(world.tasks.get(1)?.stage).toBe('review');
  });

  it('a reply to a card is read by the state it was rendered for (RPL-1)', async () => {
    approvable();
    await world.bot.refreshCard(1);
    const card = await ada.sees((message) => message.text?.startsWith('🛠️ SHOP-001') === true);
    ada.replies(card.message_id, 'The header is missing');
    await ada.sees((message) => message.text === 'Use this as the reason to reject?');
    await ada.presses('📝 Just a note');
    expect(world.tasks.get(1)?.words.at(-1)).toMatchObject({ kind: 'note', text: 'The header is missing' });
  });

  it('/queue lists what runs and waits, and refresh edits the same message (VIEW-1)', async () => {
    approvable();
    const queue = await says(ada, '/queue', '⚙️ Queue · agents 1/2 · breaker closed · paused: no');
    expect(queue.text).toContain('🙋 SHOP-001 approve the analysis');
    world.put(awaitingConfirm(11, Date.now()));
    await ada.presses('🔄 Refresh');
    await ada.sees(
      (message) =>
        message.message_id === queue.message_id && message.text?.includes('confirm the deploy') === true,
    );
  });

  it.each([
    ['https://orchestrator.example.test/board', 'web_app'],
    ['http://127.0.0.1:8500/board', 'url'],
  ])('/queue leads to the board at %s by %s (LINK-4)', async (boardUrl, how) => {
    await world.close();
    await open({ settings: { boardUrl } });
    const queue = await says(ada, '/queue', '⚙️ Queue');
    const to = how === 'url' ? { url: boardUrl } : { web_app: { url: boardUrl } };
    expect(queue.reply_markup?.inline_keyboard.at(-1)).toEqual([{ text: '📋 Board', ...to }]);
  });

  it('/queue has no button where the board cannot be reached from the chat', async () => {
    const queue = await says(ada, '/queue', '⚙️ Queue');
    expect(queue.reply_markup?.inline_keyboard.flat().map(({ text }) => text)).not.toContain('📋 Board');
  });

  it('/tasks, /history, /cost, /budget, /deps, /projects and /help answer', async () => {
    approvable();
    await says(ada, '/tasks', '🙋 SHOP-001 Analysis · approve the analysis');
    await says(ada, '/tasks nowhere', 'I know no project nowhere. There are: shop.');
    await says(ada, '/approve SHOP-001', 'Approved.');
    await says(ada, '/history SHOP-001', 'Ada approve → next');
    await says(ada, '/cost', 'Total: $1.00 · 1.0k↓/100↑ · 1 runs');
    await says(ada, '/budget SHOP-001', 'task: $1.00 of $50.00');
    await says(ada, '/deps SHOP-001', 'no dependencies');
    await says(ada, '/projects', 'Shop (shop) · tracker local');
    await says(ada, '/help new', 'Usage: /new [project] title');
    await says(vic, '/help', 'Commands for viewer:');
  });

  it('that the installation cannot do say so', async () => {
    await says(ada, '/freeze shop release week', '/freeze is not available here.');
    await says(ada, '/pause', '/pause is not available here.');
    await says(ada, '/health', '/health is not available here.');
    await says(ada, '/rollback shop', '/rollback is not available here.');
  });

  it('/lang changes the language of this chat only (CHAT-6)', async () => {
    await says(ada, '/lang ru', 'Теперь этот чат на русском.');
    await says(ada, '/queue', 'Очередь');
    await says(vic, '/queue', 'Queue');
  });

  it('/log sends the tail as a document (VIEW-6)', async () => {
    approvable();
    ada.says('/log SHOP-001 500');
    const sent = await ada.sees((message) => message.document !== undefined);
    expect(sent.document?.file_name).toBe('SHOP-001-analysis-1.log');
  });

  it('outside the scope of the person are refused (ACC-2)', async () => {
    await world.close();
    await open({ projects: [SHOP, { ...SHOP, repo: 'other', name: 'Other', prefix: 'OTH' }] });
    approvable();
    world.pair(13, 'Vic', 'viewer', ['other']);
    await says(vic, '/why SHOP-001', 'You have no access to Shop.');
    await says(vic, '/why 1', 'I know no task 1.');
  });
});
