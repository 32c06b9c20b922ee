/** Why an agent run ended (AGENT-38). */
export const AGENT_CLASSES = [
  'finished',
  'cancelled',
  'interrupted',
  'budget',
  'auth',
  'limit',
  'saturated',
  'session-missing',
  'transient',
  'first-byte',
  'idle',
  'timeout',
  'billing',
  'empty-log',
  'stale-base',
  'agent-error',
  'crash',
] as const;
export type AgentClass = (typeof AGENT_CLASSES)[number];

/** Usage of one run (AGENT-34). Tokens are counts, money is USD. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheCreationTokens: number;
  costUsd: number;
  estimated: boolean;
  turns: number;
  durationMs: number;
  model: string | null;
  requestedModel?: string | null;
}
