import type { Usage } from '../pipeline/agent-result.ts';
import type { SessionTotals } from './port.ts';
import { estimateCostUsd, NO_TOKENS, type PriceTable, type TokenCounts } from './pricing.ts';
import { count, type Json, object, text } from './stream/json.ts';
import { countsOf, type Observation } from './stream/observe.ts';

export interface UsageFacts {
  seen: Observation;
  /** Recorded totals of the session before this run; null for a fresh one. */
  before: SessionTotals | null;
  prices: PriceTable;
  durationMs: number;
  requestedModel: string | null;
}

export interface RunUsage {
  usage: Usage | null;
  /** To be recorded for the next run of the session; null when the run reported none. */
  totals: SessionTotals | null;
}

/** Tokens and cost of one run: per run where the CLI counts so, differences where it counts per session (AGENT-34). */
export function usageOf(facts: UsageFacts): RunUsage {
  const result = facts.seen.result;
  return result ? fromResult(result, facts) : { usage: fromStream(facts), totals: null };
}

function fromResult(result: Json, facts: UsageFacts): RunUsage {
  const totals = totalsOf(result);
  const spent = difference(totals, facts.before);
  const own = { ...NO_TOKENS, ...countsOf(object(result.usage)) };
  const counts =
    isZero(own) && Object.keys(totals.models).length > 0 ? sum(Object.values(spent.models)) : own;
  const usage: Usage = {
    ...counts,
    costUsd: spent.costUsd,
    estimated: false,
    turns: count(result.num_turns),
    durationMs: count(result.duration_ms) || facts.durationMs,
    model: dominantModel(spent) ?? nameOf(result.model) ?? facts.seen.model,
    requestedModel: facts.requestedModel,
  };
  return { usage, totals };
}

/** No result line: the streamed messages, priced by estimate (AGENT-35). Null when nothing was streamed. */
function fromStream({ seen, prices, durationMs, requestedModel }: UsageFacts): Usage | null {
  if (seen.messages.size === 0) return null;
  return {
    ...sum([...seen.messages.values()]),
    costUsd: estimateSpent(seen, prices) ?? 0,
    estimated: true,
    turns: seen.turns,
    durationMs,
    model: seen.model,
    requestedModel,
  };
}

/** Estimated USD of the messages streamed so far; null when no price is known (AGENT-36). */
export function estimateSpent(seen: Observation, prices: PriceTable): number | null {
  let total = 0;
  for (const message of seen.messages.values()) {
    const part = estimateCostUsd(message, message.model, prices);
    if (part === null) return null;
    total += part;
  }
  return total;
}

/** The four counts of the messages streamed so far. */
export const streamedTokens = (seen: Observation): TokenCounts => sum([...seen.messages.values()]);

function totalsOf(result: Json): SessionTotals {
  const models: SessionTotals['models'] = {};
  for (const [name, value] of Object.entries(object(result.modelUsage))) {
    const usage = object(value);
    if (name === '<synthetic>') continue;
    models[name] = {
      inputTokens: count(usage.inputTokens),
      outputTokens: count(usage.outputTokens),
      cacheReadTokens: count(usage.cacheReadInputTokens),
      cacheCreationTokens: count(usage.cacheCreationInputTokens),
    };
  }
  return { costUsd: count(result.total_cost_usd ?? result.cost_usd), models };
}

function difference(now: SessionTotals, before: SessionTotals | null): SessionTotals {
  const models: SessionTotals['models'] = {};
  for (const [name, counts] of Object.entries(now.models)) {
    const old = before?.models[name] ?? NO_TOKENS;
    models[name] = {
      inputTokens: Math.max(0, counts.inputTokens - old.inputTokens),
      outputTokens: Math.max(0, counts.outputTokens - old.outputTokens),
      cacheReadTokens: Math.max(0, counts.cacheReadTokens - old.cacheReadTokens),
      cacheCreationTokens: Math.max(0, counts.cacheCreationTokens - old.cacheCreationTokens),
    };
  }
  return { costUsd: Math.max(0, now.costUsd - (before?.costUsd ?? 0)), models };
}

function dominantModel(spent: SessionTotals): string | null {
  const ranked = Object.entries(spent.models).sort(([, a], [, b]) => b.outputTokens - a.outputTokens);
  return ranked[0]?.[0] ?? null;
}

const nameOf = (value: unknown): string | null => {
  const name = text(value);
  return name === '<synthetic>' ? null : name;
};

const isZero = (counts: TokenCounts): boolean => Object.values(counts).every((value) => value === 0);

function sum(all: readonly TokenCounts[]): TokenCounts {
  const total = { ...NO_TOKENS };
  for (const counts of all) {
    total.inputTokens += counts.inputTokens;
    total.outputTokens += counts.outputTokens;
    total.cacheReadTokens += counts.cacheReadTokens;
    total.cacheCreationTokens += counts.cacheCreationTokens;
  }
  return total;
}
