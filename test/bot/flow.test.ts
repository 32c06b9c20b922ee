import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SHA, settle } from '../support/bot/stages.ts';
import { createWorld, type World } from '../support/bot/world.ts';
import { newTask } from '../support/machine.ts';
import type { Person } from '../support/telegram/people.ts';

describe('a task from the chat message to done', () => {
  let world: World;
  let ada: Person;
  beforeEach(async () => {
    world = await createWorld();
    world.pair(11, 'Ada', 'owner');
    ada = world.server.person({ id: 11, name: 'Ada' });
  });
  afterEach(() => world.close());

  const passed = (...steps: string[]) => steps.map((step) => ({ step }));
  const sees = (text: string) => ada.sees((message) => message.text?.includes(text) === true);

  /** From the request to the approval. */
  const analysed = () =>
    settle(world, 1, [
      { step: 'prepare' },
      { step: 'agent', evidence: { headSha: SHA } },
      { step: 'gate.analysis_complete' },
    ]);
  /** From the approval to the confirmation. */
  const tested = () => {
    settle(world, 1, passed('agent', 'gate.architecture_done'));
    settle(world, 1, [
      { step: 'agent' },
      { step: 'ensure-pr', evidence: { prNumber: 12 } },
      { step: 'gate.ci_green' },
    ]);
    settle(world, 1, passed('agent', 'gate.reviewer_verdict'));
    settle(world, 1, passed('agent', 'gate.tests_passed'));
    const staging = ['agent', 'gate.staging_status', 'gate.security_gate', 'gate.branch_mergeable'];
    settle(
      world,
      1,
      passed(...staging, 'gate.image_freshness').map((step) => ({ ...step, evidence: { testedSha: SHA } })),
    );
  };
  /** From the confirmation to done. */
  const landed = () => {
    const evidence = { landedSha: SHA, servedSha: SHA, landedMatches: true };
    const steps = passed('merge', 'deploy', 'finalize-deploy', 'gate.deploy_status');
    settle(
      world,
      1,
      steps.map((step) => ({ ...step, evidence })),
    );
  };
  /** From the chat message to done, everything by chat. */
  async function deliver(): Promise<number> {
    ada.says('/new Add CSV export to reports\nUsers need the monthly report as a CSV file to open it.');
    const card = await sees('🛠️ SHOP-001');
    analysed();
    await world.deliver();
    await sees('📋 SHOP-001: BRD/TRZ/AC are ready.');
    await ada.presses('✅ Approve');
    tested();
    await world.deliver();
    await sees('🚀 SHOP-001: a1f0000 passed every gate.');
    await ada.presses('🚀 Deploy a1f0000');
    await ada.seesButton('Yes, deploy');
    await ada.presses('Yes, deploy');
    landed();
    await world.deliver();
    expect(world.tasks.get(1)?.stage).toBe('done');
    return card.message_id;
  }

  it('is created, approved, confirmed and shown to its end on one card (section 16.10)', async () => {
    const card = await deliver();
    const done = await ada.sees(
      (message) => message.message_id === card && message.text?.includes('— DONE') === true,
    );
    expect(done.text).toContain('🔗 PR #12 · 📦 deployed a1f0000');
    const cards = ada.messages(50).filter(({ text }) => /^(🛠️|🎉) SHOP-001/.test(text ?? ''));
    expect(cards).toHaveLength(1);
    expect(world.store.rows.audit.map(({ command, result }) => `${command} ${result}`)).toEqual([
      'new ok',
      'approve ok',
      'confirm asked',
      'yes ok',
    ]);
  });

  it('inc-99 stops nothing when every call of the chat fails (CHAT-4)', async () => {
    world.server.faults.networkDown();
    const actor = { surface: 'http', id: 'admin', name: 'HTTP', role: 'owner' } as const;
    const command = (name: 'start' | 'approve' | 'confirm-deploy') =>
      world.apply({ kind: 'command', name, key: name, at: Date.now(), actor, target: { task: 1 } });
    const tell = () => world.deliver().catch((error: unknown) => error);
    world.put({ ...newTask(Date.now()), originChat: '11' });
    command('start');
    analysed();
    await tell();
    command('approve');
    tested();
    command('confirm-deploy');
    landed();
    await tell();
    expect(world.tasks.get(1)?.stage).toBe('done');
  });

  it('inc-95 rings for the two decisions of a person and for nothing else (PING-1, PING-2)', async () => {
    await deliver();
    const sounding = world.server.calls
      .of('sendMessage')
      .filter(({ values, answer }) => answer?.ok === true && values.disable_notification !== true)
      .map(({ values }) => String(values.text).split('\n')[0]);
    expect(sounding).toEqual([
      expect.stringContaining('BRD/TRZ/AC are ready.'),
      expect.stringContaining('passed every gate.'),
    ]);
  });
});
