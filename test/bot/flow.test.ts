import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SHA, settle } from '../support/bot/stages.ts';
import { createWorld, type World } from '../support/bot/world.ts';
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

  it('is created, approved, confirmed and shown to its end on one card (section 16.10)', async () => {
    ada.says('/new Add CSV export to reports\nUsers need the monthly report as a CSV file to open it.');
    const card = await sees('🛠️ SHOP-001');
    settle(world, 1, [
      { step: 'prepare' },
      { step: 'agent', evidence: { headSha: SHA } },
      { step: 'gate.analysis_complete' },
    ]);
    await world.deliver();
    await sees('📋 SHOP-001: BRD/TRZ/AC are ready.');
    await ada.presses('✅ Approve');
    settle(world, 1, passed('agent', 'gate.architecture_done'));
    settle(world, 1, [
      { step: 'agent' },
      { step: 'ensure-pr', evidence: { prNumber: 12 } },
      { step: 'gate.ci_green' },
    ]);
    settle(world, 1, passed('agent', 'gate.reviewer_verdict'));
    settle(world, 1, passed('agent', 'gate.tests_passed'));
    const staging = [
      'agent',
      'gate.staging_status',
      'gate.security_gate',
      'gate.branch_mergeable',
      'gate.image_freshness',
    ];
    settle(
      world,
      1,
      passed(...staging).map((step) => ({ ...step, evidence: { testedSha: SHA } })),
    );
    await world.deliver();
    await sees('🚀 SHOP-001: a1f0000 passed every gate.');
    await ada.presses('🚀 Deploy a1f0000');
    await ada.seesButton('Yes, deploy');
    await ada.presses('Yes, deploy');
    const landed = { landedSha: SHA, servedSha: SHA, landedMatches: true };
    const steps = passed('merge', 'deploy', 'finalize-deploy', 'gate.deploy_status');
    settle(
      world,
      1,
      steps.map((step) => ({ ...step, evidence: landed })),
    );
    await world.deliver();
    expect(world.tasks.get(1)?.stage).toBe('done');
    const done = await ada.sees(
      (message) => message.message_id === card.message_id && message.text?.includes('— DONE') === true,
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
});
