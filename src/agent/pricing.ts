import { z } from 'zod';

/** USD per million tokens of one model (AGENT-36). */
export const Price = z.object({
  in: z.number().nonnegative(),
  out: z.number().nonnegative(),
  cache_read: z.number().nonnegative(),
  cache_write: z.number().nonnegative(),
});
export type Price = z.infer<typeof Price>;

/** Prices by model name, from `ORCH_MODEL_PRICES_JSON` or learned from recorded runs; used for estimates only. */
export const PriceTable = z.record(z.string(), Price);
export type PriceTable = z.infer<typeof PriceTable>;

/** The four counts every price applies to. */
export interface TokenCounts {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheCreationTokens: number;
}

export const NO_TOKENS: TokenCounts = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
};

/** Estimated USD, or null when nothing at all is known. An unknown model costs like the dearest known one. */
export function estimateCostUsd(
  counts: TokenCounts,
  model: string | null,
  prices: PriceTable,
): number | null {
  const own = model === null ? undefined : priceOf(model, prices);
  if (own) return cost(counts, own);
  const all = Object.values(prices).map((price) => cost(counts, price));
  return all.length > 0 ? Math.max(...all) : null;
}

/**
 * The price of a model from its own record: the ratio of real cost to weighted tokens (input 1, output 5,
 * cache read 0.1, cache creation 1.25). Null when there were no tokens to learn from.
 */
export function learnPrice(costUsd: number, counts: TokenCounts): Price | null {
  const weighted =
    counts.inputTokens +
    5 * counts.outputTokens +
    0.1 * counts.cacheReadTokens +
    1.25 * counts.cacheCreationTokens;
  if (weighted <= 0 || costUsd <= 0) return null;
  const unit = (costUsd / weighted) * 1e6;
  return { in: unit, out: unit * 5, cache_read: unit * 0.1, cache_write: unit * 1.25 };
}

function priceOf(model: string, prices: PriceTable): Price | undefined {
  // Vendors append dates to names, and configured names may carry a provider prefix.
  const name = model.slice(model.lastIndexOf('/') + 1);
  return prices[model] ?? prices[name];
}

function cost(counts: TokenCounts, price: Price): number {
  const total =
    counts.inputTokens * price.in +
    counts.outputTokens * price.out +
    counts.cacheReadTokens * price.cache_read +
    counts.cacheCreationTokens * price.cache_write;
  return total / 1e6;
}
