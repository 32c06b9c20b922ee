import { describe, expect, it } from 'vitest';
import { estimateCostUsd, learnPrice } from '../../src/agent/pricing.ts';
import { createObservation, observe } from '../../src/agent/stream/observe.ts';
import { type UsageFacts, usageOf } from '../../src/agent/usage.ts';

type Event = Record<string, unknown>;
const PRICES = { 'claude-x': { in: 1, out: 5, cache_read: 0.1, cache_write: 1.25 } };

function usage(events: Event[], more: Partial<UsageFacts> = {}) {
  const seen = createObservation();
  for (const event of events) observe(seen, event);
  return usageOf({ seen, before: null, prices: PRICES, durationMs: 5, requestedModel: 'opus', ...more });
}
const result = (costUsd: number, out: number, more: Event = {}): Event => ({
  type: 'result',
  num_turns: 1,
  duration_ms: 900,
  total_cost_usd: costUsd,
  usage: { input_tokens: 10, output_tokens: 7, cache_read_input_tokens: 3, cache_creation_input_tokens: 2 },
  modelUsage: {
    'claude-x': {
      inputTokens: out * 2,
      outputTokens: out,
      cacheReadInputTokens: 0,
      cacheCreationInputTokens: 0,
    },
  },
  ...more,
});

describe('usage of a run (AGENT-34)', () => {
  it('takes tokens, turns and duration as they are, and cost as it is for a fresh session', () => {
    expect(usage([result(0.5, 7)]).usage).toEqual({
      ...{ inputTokens: 10, outputTokens: 7, cacheReadTokens: 3, cacheCreationTokens: 2 },
      ...{
        costUsd: 0.5,
        estimated: false,
        turns: 1,
        durationMs: 900,
        model: 'claude-x',
        requestedModel: 'opus',
      },
    });
  });

  it('counts the cost of a session resumed three times once', () => {
    let before: UsageFacts['before'] = null;
    const costs = [0.0008, 0.0016, 0.0024].map((total, index) => {
      const run = usage([result(total, 20 * (index + 1))], { before });
      before = run.totals;
      return run.usage?.costUsd ?? 0;
    });
    expect(costs.map((cost) => cost.toFixed(4))).toEqual(['0.0008', '0.0008', '0.0008']);
  });

  it('never goes below zero when a session reports less than before', () => {
    const before = usage([result(1, 50)]).totals;
    expect(usage([result(0.4, 10)], { before }).usage?.costUsd).toBe(0);
  });

  it('takes the differences per model where a budget stop zeroed the counts', () => {
    const before = usage([result(1, 50)]).totals;
    const zero = {
      input_tokens: 0,
      output_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
    };
    const run = usage([result(1.5, 80, { usage: zero })], { before }).usage;
    expect(run).toMatchObject({ inputTokens: 60, outputTokens: 30, costUsd: 0.5 });
  });

  it('reads the older key names and takes nonsense as 0', () => {
    const odd = { input_tokens: 'many', output_tokens: 4, cache_read_tokens: 5, cache_creation_tokens: 6 };
    const run = usage([{ type: 'result', cost_usd: 0.25, usage: odd, num_turns: null }]).usage;
    expect(run).toMatchObject({
      inputTokens: 0,
      outputTokens: 4,
      cacheReadTokens: 5,
      cacheCreationTokens: 6,
      costUsd: 0.25,
      turns: 0,
    });
  });

  it('names the model that wrote most, and never <synthetic>', () => {
    const modelUsage = {
      '<synthetic>': { outputTokens: 900 },
      'claude-a': { outputTokens: 5 },
      'claude-b': { outputTokens: 6 },
    };
    expect(usage([result(1, 1, { modelUsage })]).usage?.model).toBe('claude-b');
    expect(usage([result(1, 1, { modelUsage: {}, model: 'claude-c' })]).usage?.model).toBe('claude-c');
  });
});

describe('usage without a result (AGENT-35)', () => {
  const stream = (event: Event): Event => ({ type: 'stream_event', event, parent_tool_use_id: null });
  const start = (id: string) =>
    stream({
      type: 'message_start',
      message: { id, model: 'claude-x', usage: { input_tokens: 100, output_tokens: 1 } },
    });
  const delta = (out: number) => stream({ type: 'message_delta', usage: { output_tokens: out } });

  it('sums the final usage of each message and marks the cost as estimated', () => {
    const run = usage([start('a'), delta(20), start('b'), delta(30)]);
    expect(run.usage).toMatchObject({
      inputTokens: 200,
      outputTokens: 50,
      estimated: true,
      costUsd: 0.00045,
    });
    expect(run.totals).toBeNull();
  });

  it('is nothing, and no error, when nothing is readable', () => expect(usage([]).usage).toBeNull());
});

describe('estimates (AGENT-36)', () => {
  const counts = { inputTokens: 1e6, outputTokens: 1e6, cacheReadTokens: 1e6, cacheCreationTokens: 1e6 };
  it('prices an unknown model like the dearest known one', () => {
    const dear = { ...PRICES, 'claude-y': { in: 10, out: 50, cache_read: 1, cache_write: 12.5 } };
    expect(estimateCostUsd(counts, 'claude-new', dear)).toBeCloseTo(73.5);
    expect(estimateCostUsd(counts, 'provider/claude-x', dear)).toBeCloseTo(7.35);
  });
  it('says nothing where nothing is known', () => expect(estimateCostUsd(counts, 'claude-x', {})).toBeNull());
  it('learns a price from what a model really cost', () => {
    const price = learnPrice(7.35, counts);
    expect(price && estimateCostUsd(counts, 'm', { m: price })).toBeCloseTo(7.35);
    expect(learnPrice(0, counts)).toBeNull();
  });
});
