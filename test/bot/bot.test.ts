import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/bot/world.ts';
import type { Person } from '../support/telegram/people.ts';
import { until } from '../support/until.ts';

const TASK = '/new Add CSV export to reports\nUsers need the monthly report as a CSV file to open it.';

describe('the bot on a Bot API server', () => {
  let world: World;
  let ada: Person;

  beforeEach(async () => {
    world = await createWorld();
    world.pair(11, 'Ada', 'owner');
    ada = world.server.person({ id: 11, name: 'Ada' });
  });
  afterEach(() => world.close());

  const analysed = async (): Promise<void> => {
    ada.says(TASK);
    await ada.sees((message) => message.text?.includes('SHOP-001') === true);
    const sha = 'a1f0000000000000000000000000000000000000';
    const target = { task: 1, stage: 'analysis' as const, attempt: 1 };
    const step = (name: string, evidence = {}) => ({
      step: name,
      outcome: 'passed' as const,
      reason: '',
      evidence,
    });
    const steps = [
      step('prepare', { prepared: true }),
      step('agent', { headSha: sha }),
      step('gate.analysis_complete'),
    ];
    world.apply({ kind: 'fact', name: 'stage-settled', key: 's1', target, at: Date.now(), data: { steps } });
    await world.deliver();
  };

  it('creates a task and posts one silent card (CMD-10, CARD-1, PUB-11)', async () => {
    ada.says(TASK);
    const card = await ada.sees(
      (message, row) => message.text?.startsWith('🛠️ SHOP-001') === true && row.silent,
    );
    expect(card.text).toContain('Add CSV export to reports');
    expect(world.tasks.get(1)?.stage).toBe('analysis');
  });

  it('approves by a tap and shows the next stage on the same card (CHAT-1, CB-3)', async () => {
    await analysed();
    const { message } = await ada.seesButton('✅ Approve');
    expect(message.text).toContain('BRD/TRZ/AC are ready');
    const answer = await ada.presses('✅ Approve');
    expect(answer).toEqual({ text: 'Done: SHOP-001 approved, architecture starts.', alert: false });
    await world.deliver();
    await ada.sees((card) => card.text?.includes('Architecture') === true);
    expect(world.tasks.get(1)?.stage).toBe('architecture');
  });

  it('tells how long Telegram holds it back (PUB-6, REC-141)', async () => {
    expect(world.bot.pausedMs()).toBe(0);
    world.server.faults.tooManyRequests(126, { methods: ['sendMessage'] });
    ada.says(TASK);
    await until(() => world.bot.pausedMs() > 120_000, { what: 'the 429 is heard' });
    expect(world.bot.pausedMs()).toBeLessThanOrEqual(126_000);
  });
});
