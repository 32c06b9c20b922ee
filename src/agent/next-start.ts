import { backoffMs } from './backoff.ts';
import { parkUntil } from './limits.ts';
import type { AgentRun } from './port.ts';

export interface NextStartFacts {
  now: number;
  /** Transient attempts of this attempt before this run. */
  transientBefore: number;
  /** Limits without a known reset in a row before this one. */
  unknownLimitsBefore: number;
  /** `ORCH_TRANSIENT_BACKOFF_BASE_S`, `…_MAX_S` in milliseconds. */
  baseMs: number;
  maxMs: number;
  /** `ORCH_USAGE_LIMIT_JITTER_S`. */
  jitterS: number;
  /** 0 … 1. */
  random: number;
}

/** Epoch ms before which no next run may start; null for classes that wait for no time (AGENT-42, AGENT-43). */
export function earliestNextRun(
  run: Pick<AgentRun, 'class' | 'limitResetAt' | 'retryAfterS' | 'retryDelayMs'>,
  facts: NextStartFacts,
): number | null {
  if (run.class === 'limit') {
    return parkUntil({
      now: facts.now,
      resetsAtMs: run.limitResetAt ?? null,
      unknownBefore: facts.unknownLimitsBefore,
      jitterS: facts.jitterS,
      random: facts.random,
    });
  }
  if (run.class !== 'transient' && run.class !== 'first-byte') return null;
  const { baseMs, maxMs, random } = facts;
  const { retryAfterS, retryDelayMs } = run;
  return (
    facts.now + backoffMs({ before: facts.transientBefore, retryAfterS, retryDelayMs, baseMs, maxMs, random })
  );
}
