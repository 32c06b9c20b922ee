import type { AgentRequest } from './port.ts';
import type { Phase, Snapshot } from './progress.ts';
import { activityOf } from './stream/activity.ts';
import { count, object } from './stream/json.ts';
import type { Observation } from './stream/observe.ts';
import { estimateSpent, streamedTokens } from './usage.ts';

/** Window assumed until a result names the real one. */
const DEFAULT_WINDOW = 200_000;

export interface SnapshotFacts {
  request: AgentRequest;
  cwd: string;
  redact: (text: string) => string;
  stopping: boolean;
}

/** The present state of a run for a progress event (AGENT-50, AGENT-51). */
export function snapshotOf(seen: Observation, facts: SnapshotFacts): Snapshot {
  const tokens = streamedTokens(seen);
  const phase = phaseOf(seen, facts.stopping);
  return {
    phase,
    activity: activityOf(seen, facts.cwd, facts.redact),
    ...(phase === 'retrying' && seen.retrying
      ? { retry: { attempt: seen.retrying.attempt, delay_ms: seen.retrying.delayMs } }
      : {}),
    tools: { ...seen.toolCounts },
    turns: seen.turns,
    tokens: {
      in: tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheCreationTokens,
      cached: tokens.cacheReadTokens,
      out: tokens.outputTokens,
    },
    cost_usd: estimateSpent(seen, facts.request.prices),
    estimated: true,
    context_pct: contextPct(seen),
    model: seen.model,
  };
}

/** How full the context window is after the last main-thread message; null before the first. */
export function contextPct(seen: Observation): number | null {
  if (seen.contextTokens === 0) return null;
  const usage = object(object(seen.result?.modelUsage)[seen.model ?? '']);
  const window = count(usage.contextWindow) || DEFAULT_WINDOW;
  return Math.min(100, Math.round((seen.contextTokens / window) * 100));
}

function phaseOf(seen: Observation, stopping: boolean): Phase {
  if (stopping) return 'stopping';
  if (seen.result !== null) return 'finalizing';
  if (seen.retrying !== null) return 'retrying';
  return seen.modelEvents === 0 ? 'waiting-model' : 'working';
}
