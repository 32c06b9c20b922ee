import type { Usage } from '../../pipeline/agent-result.ts';

/** Tokens and money of one run or of several (PLANE-49). */
export type Spent = Pick<
  Usage,
  'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheCreationTokens' | 'costUsd'
>;

const count = (value: number): number => (Number.isFinite(value) && value > 0 ? value : 0);

/** `999`, `1.0k`, `1.0M`; 999,950 and more is `1.0M`. */
export function formatTokens(value: number): string {
  if (value >= 999_950) return `${(value / 1_000_000).toFixed(1)}M`;
  return value >= 1000 ? `${(value / 1000).toFixed(1)}k` : String(Math.trunc(value));
}

/** `12s`, `4m 12s`, `2h 47m`, fractions cut; null where it is unknown, negative or no number. */
export function formatDuration(ms: unknown): string | null {
  if (typeof ms !== 'number' || !Number.isFinite(ms) || ms < 0) return null;
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${two((seconds % 3600) / 60)}m`;
}

/** `12.3k in (10.0k cached) / 2.1k out · $0.42`; null when nothing is known. */
export function formatSpent(
  spent: Spent | null | undefined,
  words = { in: 'in', out: 'out' },
): string | null {
  if (!spent) return null;
  const cached = count(spent.cacheReadTokens) + count(spent.cacheCreationTokens);
  const input = count(spent.inputTokens) + cached;
  const output = count(spent.outputTokens);
  const cost = count(spent.costUsd);
  if (input + output + cost === 0) return null;
  const part = cached > 0 ? ` (${formatTokens(cached)} cached)` : '';
  return `${formatTokens(input)} ${words.in}${part} / ${formatTokens(output)} ${words.out} · $${cost.toFixed(2)}`;
}

const NOTHING: Spent = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
  costUsd: 0,
};

/** Sum of several runs; runs without usage add nothing. */
export function addSpent(runs: readonly (Spent | null)[]): Spent {
  return runs.reduce<Spent>((sum, run) => {
    if (!run) return sum;
    return {
      inputTokens: sum.inputTokens + count(run.inputTokens),
      outputTokens: sum.outputTokens + count(run.outputTokens),
      cacheReadTokens: sum.cacheReadTokens + count(run.cacheReadTokens),
      cacheCreationTokens: sum.cacheCreationTokens + count(run.cacheCreationTokens),
      costUsd: sum.costUsd + count(run.costUsd),
    };
  }, NOTHING);
}
