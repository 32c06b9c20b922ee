export interface BackoffFacts {
  /** Transient attempts before this one. */
  before: number;
  /** An explicit Retry-After of the output, seconds. */
  retryAfterS?: number | undefined;
  /** The CLI's own last delay; counts only where it is longer than the formula. */
  retryDelayMs?: number | undefined;
  /** `ORCH_TRANSIENT_BACKOFF_BASE_S`, `…_MAX_S` in milliseconds. */
  baseMs: number;
  maxMs: number;
  /** 0 … 1. */
  random: number;
}

const MAX_RETRY_AFTER_S = 3600;

/** Milliseconds to wait before the next run after a transient failure (AGENT-42); ±20 % jitter. */
export function backoffMs(facts: BackoffFacts): number {
  if (facts.retryAfterS !== undefined) return Math.min(facts.retryAfterS, MAX_RETRY_AFTER_S) * 1000;
  const formula = Math.min(2 ** Math.min(facts.before, 30) * facts.baseMs, facts.maxMs);
  const jittered = formula * (0.8 + 0.4 * facts.random);
  return Math.round(Math.max(jittered, facts.retryDelayMs ?? 0));
}
