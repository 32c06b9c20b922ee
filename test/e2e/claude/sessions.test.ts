import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionTotals } from '../../../src/agent/port.ts';
import { type ClaudeBench, createClaudeBench, skipWithoutCli } from '../../support/claude/bench.ts';

let bench: ClaudeBench;

describe('sessions and money with the real CLI', () => {
  beforeEach(async (context) => {
    skipWithoutCli(context);
    bench = await createClaudeBench();
  });
  afterEach(() => bench?.close());

  const bash = { tool: 'Bash', input: { command: 'echo hi' } };

  it('charges three resumes of one session once each (AGENT-34)', async () => {
    const id = randomUUID();
    const costs: number[] = [];
    let totals: SessionTotals | null = null;
    for (const resume of [false, true, true, true]) {
      bench.api.play([bash, { text: 'done' }]);
      const run = await bench.run({ session: { id, resume, totals } });
      expect(run).toMatchObject({
        class: 'finished',
        sessionId: id,
        usage: { inputTokens: 200, outputTokens: 40 },
      });
      costs.push(run.usage?.costUsd ?? 0);
      totals = run.sessionTotals;
    }
    for (const cost of costs) expect(cost).toBeCloseTo(costs[0] ?? 0, 6);
    expect(totals?.costUsd).toBeCloseTo((costs[0] ?? 0) * 4, 6);
    expect(bench.api.seen.at(-1)?.body.match(/Do it\./g)?.length).toBe(4);
  });

  it('knows how full the context of a session is', async () => {
    bench.api.play([{ text: 'done', usage: { input: 400_000, output: 10 } }]);
    const run = await bench.run();
    expect(run.contextPct).toBeGreaterThan(30);
    expect(run.contextPct).toBeLessThanOrEqual(100);
  });

  it('says so when the session to resume is not there', async () => {
    const run = await bench.run({ session: { id: randomUUID(), resume: true, totals: null } });
    expect(run).toMatchObject({ class: 'session-missing' });
  });

  it('says so when a new session has the id of an old one', async () => {
    const id = randomUUID();
    const session = { id, resume: false, totals: null };
    bench.api.play([{ text: 'done' }]);
    await bench.run({ session });
    expect(await bench.run({ session })).toMatchObject({ class: 'session-missing' });
  });

  it('inc-79 takes a resumed run that does nothing at all for a session that is full', async () => {
    const id = randomUUID();
    bench.api.play([bash, { text: 'done' }]);
    await bench.run({ session: { id, resume: false, totals: null } });
    bench.api.play([{ text: '' }]);
    const run = await bench.run({ session: { id, resume: true, totals: null }, outputs: ['12-review.md'] });
    expect(run).toMatchObject({ class: 'saturated' });
  });

  it("is ended by the CLI's own cap after the turn that crosses it (AGENT-47)", async () => {
    bench.api.play(Array.from({ length: 20 }, () => ({ ...bash, usage: { input: 1000, output: 5000 } })));
    const run = await bench.run({ runCapUsd: 0.06 });
    expect(run).toMatchObject({ class: 'budget', outcome: 'budget' });
    expect(run.usage?.outputTokens).toBeGreaterThan(0);
    expect(run.usage?.costUsd).toBeGreaterThan(0.05);
    expect(run.usage?.costUsd).toBeLessThan(0.3);
  });

  it('is stopped by the meter of the engine where that is faster, and what was streamed is charged', async () => {
    bench.api.play(Array.from({ length: 20 }, () => ({ ...bash, usage: { input: 1000, output: 5000 } })));
    const prices = { dear: { in: 1000, out: 1000, cache_read: 0, cache_write: 0 } };
    const run = await bench.run({ runCapUsd: 5, prices });
    expect(run).toMatchObject({ class: 'budget', survivors: [] });
    expect(run.usage?.outputTokens).toBeGreaterThanOrEqual(5000);
    expect(run.usage?.outputTokens).toBeLessThan(20_000);
    expect(run.usage?.costUsd).toBeGreaterThan(0);
  });
});
