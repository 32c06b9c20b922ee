import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iconOf } from '../../src/bot/features/look.ts';
import { linesText } from '../../src/bot/markup.ts';
import { createCatalog } from '../../src/bot/texts.ts';
import { mortemLines } from '../../src/bot/views/mortem.ts';
import { whyLines } from '../../src/bot/views/why.ts';
import { awaitingApproval } from '../support/bot/stages.ts';
import { NOON, runOf, viewOf, waitingView } from '../support/bot/views.ts';
import { createWorld, type World } from '../support/bot/world.ts';
import type { Person } from '../support/telegram/people.ts';

const OPTIONS = { raiseUsd: 25 };
const MINUTE = 60_000;
const texts = createCatalog()('en');

describe('views (section 11)', () => {
  it('/why of a running task tells attempt, elapsed time, limit and the last activity (VIEW-4)', () => {
    const progress = {
      ...{ phase: 'working', activity: { verb: 'editing', object: 'src/reports/export.ts' }, turns: 38 },
      ...{ tokensIn: 0, tokensOut: 0, costUsd: 1.12, estimated: false, model: null, at: NOON },
    };
    const run = runOf('development', {
      status: 'running',
      startedAt: NOON - 4 * MINUTE,
      endedAt: null,
      progress,
    });
    const lines = linesText(whyLines(viewOf({ runs: [run] }), texts, OPTIONS)).split('\n');
    expect(lines).toEqual([
      'SHOP-001 Developer is working on Development, attempt 1.',
      'Facts: attempt 1, 4m elapsed, limit 12:30; last: editing src/reports/export.ts · 4m · turn 38 · $1.12',
      'You can: 📜 Log · 🛑 Stop',
    ]);
  });

  it('/why of a wait tells the facts, what comes next and when, and what one may do (VIEW-4)', () => {
    const view = waitingView('lease');
    const text = linesText(whyLines(view, texts, OPTIONS));
    expect(text).toContain('Waiting for the merge turn: SHOP-000 holds it');
    expect(text).toContain('Next: a notice at 13:00');
    expect(text).toContain('You can: 🛑 Stop');
  });

  it.each([
    ['approval', '🙋'],
    ['blocked', '🚧'],
    ['hold', '🚧'],
    ['ci', '⏳'],
    ['lease', '⏳'],
  ] as const)('a row that waits for %s has %s (VIEW-3)', (kind, icon) => {
    expect(iconOf(waitingView(kind))).toBe(icon);
  });

  it('a post-mortem tells stages, returns with causes, verdicts, waits and cost (VIEW-8)', () => {
    const bounce = {
      stage: 'review' as const,
      attempt: 1,
      cause: 'review' as const,
      reason: 'no test',
      at: NOON,
    };
    const verdict = {
      ...{ stage: 'review' as const, attempt: 1, generation: 1, step: 'gate.reviewer_verdict' },
      ...{ outcome: 'failed', reason: 'one finding', evidence: {}, at: NOON },
    };
    const task = {
      stage: 'done' as const,
      attempts: { analysis: 1, development: 2, review: 2 },
      bounces: [bounce as never],
      waited: { you: 17 * MINUTE },
    };
    const lines = linesText(mortemLines(viewOf({ task, verdicts: [verdict] }), texts)).split('\n');
    expect(lines).toEqual([
      '📊 SHOP-001 · post-mortem',
      'Analysis: 1',
      'Development: 2',
      'Review: 2',
      '↩️ Review #1: no test',
      'Review #1 gate.reviewer_verdict: failed — one finding',
      'Waits: you 17m',
      '💰 $3.88',
    ]);
  });
});

describe('views in the chat', () => {
  let world: World;
  let ada: Person;
  beforeEach(async () => {
    world = await createWorld();
    world.pair(11, 'Ada', 'owner');
    ada = world.server.person({ id: 11, name: 'Ada' });
  });
  afterEach(() => world.close());

  it('/history turns pages in place and sends the whole log as a document (VIEW-5)', async () => {
    world.put(awaitingApproval(11, Date.now()));
    const all = Array.from({ length: 45 }, (_, n) => ({
      ...{ at: Date.now(), actor: n % 2 ? 'Ada' : null, event: `event-${n}`, accepted: true },
      ...{ from: 'analysis', to: 'analysis', reason: '' },
    }));
    world.control.history = (_task, { offset, limit }) => ({
      entries: all.slice(offset, offset + limit),
      total: all.length,
    });
    ada.says('/history SHOP-001');
    const first = await ada.sees(({ text }) => text?.startsWith('🧾 SHOP-001 · 1–20 of 45') === true);
    await ada.presses('▶');
    await ada.sees(
      ({ message_id, text }) =>
        message_id === first.message_id && text?.startsWith('🧾 SHOP-001 · 21–40') === true,
    );
    await ada.presses('▶');
    await ada.sees(({ text }) => text?.startsWith('🧾 SHOP-001 · 41–45 of 45') === true);
    await ada.presses('◀');
    await ada.presses('📄 Full log');
    const sent = await ada.sees(({ document }) => document !== undefined);
    expect(sent.document?.file_name).toBe('SHOP-001-history.txt');
  });

  it('/log above 10 MB loses its head and says so (VIEW-6)', async () => {
    world.put(awaitingApproval(11, Date.now()));
    const tail = { wid: 'SHOP-001', stage: 'analysis' as const, attempt: 1 };
    world.control.logTail = async () => ({ ...tail, text: `first\n${'x'.repeat(10 * 1024 * 1024)}` });
    ada.says('/log SHOP-001');
    const { document } = await ada.sees((message) => message.document !== undefined);
    const file = world.server.core.storage.getFile(document?.file_id ?? '');
    const text = Buffer.from(file?.bytes ?? []).toString('utf8');
    expect(text.split('\n')[0]).toBe('(the beginning is cut off: the log is larger than 10 MB)');
    expect(text).not.toContain('first');
  });

  it('/task after the end offers the post-mortem (VIEW-8)', async () => {
    const ended = { stage: 'done' as const, activity: { kind: 'ended' as const, since: 1 }, endedAt: 1 };
    world.put(awaitingApproval(11, Date.now(), ended));
    ada.says('/task SHOP-001');
    await ada.seesButton('📊 Post-mortem');
    await ada.presses('📊 Post-mortem');
    await ada.sees(({ text }) => text?.startsWith('📊 SHOP-001 · post-mortem') === true);
  });
});
