import type { AgentOutcome } from './port.ts';

/** State of one provider account, plain JSON for the database (AGENT-45). Times in epoch ms. */
export interface Breaker {
  state: 'closed' | 'open' | 'half-open';
  /** Transient outcomes in a row. */
  failures: number;
  /** When an open breaker lets one run through. */
  openUntil: number | null;
  cooldownMs: number;
  /** Run that is let through while half open. */
  probe: string | null;
}

export interface BreakerSettings {
  /** `ORCH_BREAKER_THRESHOLD`. */
  threshold: number;
  /** `ORCH_BREAKER_COOLDOWN_S` in milliseconds. */
  cooldownMs: number;
}

const MAX_COOLDOWN_MS = 3_600_000;

export const closedBreaker = (settings: BreakerSettings): Breaker => ({
  state: 'closed',
  failures: 0,
  openUntil: null,
  cooldownMs: settings.cooldownMs,
  probe: null,
});

/** May this run start now? An open breaker delays, it never fails; half open lets exactly one through. */
export function admit(breaker: Breaker, runId: string, now: number): { breaker: Breaker; allowed: boolean } {
  if (breaker.state === 'closed') return { breaker, allowed: true };
  if (breaker.state === 'half-open') return { breaker, allowed: breaker.probe === runId };
  if (now < (breaker.openUntil ?? 0)) return { breaker, allowed: false };
  return { breaker: { ...breaker, state: 'half-open', probe: runId }, allowed: true };
}

/** What an ended run teaches. Only `ok` and `transient` count: a limit or a refusal says nothing about overload. */
export function record(
  breaker: Breaker,
  ended: { runId: string; outcome: AgentOutcome; now: number },
  settings: BreakerSettings,
): Breaker {
  if (ended.outcome === 'ok') return closedBreaker(settings);
  if (ended.outcome === 'transient') return fail(breaker, ended.now, settings);
  // The probe ended without an answer to our question: let the next one ask.
  if (breaker.state === 'half-open' && breaker.probe === ended.runId) {
    return { ...breaker, state: 'open', openUntil: ended.now, probe: null };
  }
  return breaker;
}

function fail(breaker: Breaker, now: number, settings: BreakerSettings): Breaker {
  const failures = breaker.failures + 1;
  if (breaker.state === 'closed' && failures < settings.threshold) return { ...breaker, failures };
  const again = breaker.state === 'half-open';
  // A straggler that ends while the breaker is open must not lengthen it.
  if (breaker.state === 'open') return { ...breaker, failures };
  const cooldownMs = again ? Math.min(breaker.cooldownMs * 2, MAX_COOLDOWN_MS) : settings.cooldownMs;
  return { state: 'open', failures, openUntil: now + cooldownMs, cooldownMs, probe: null };
}
