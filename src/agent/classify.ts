import type { AgentClass } from '../pipeline/agent-result.ts';
import { readLimitText } from './limits.ts';
import { count, list, text } from './stream/json.ts';
import type { Observation } from './stream/observe.ts';

/** Everything the class of a run is decided from (AGENT-38). */
export interface RunFacts {
  seen: Observation;
  /** First recorded cause by which we stopped the child; null when it ended by itself. */
  stopCause: string | null;
  /** The stop was recorded before a result event was seen. */
  stoppedBeforeResult: boolean;
  exitCode: number | null;
  stderrTail: string;
  /** Last lines of stdout that were no JSON. */
  plainLines: readonly string[];
  resumed: boolean;
  durationMs: number;
  /** The files the role owes exist in the worktree. */
  outputsPresent: boolean;
  /** `ORCH_RESUME_MIN_S` in milliseconds. */
  resumeMinMs: number;
  now: number;
}

/** Cause of our stop after the result line: it does not spoil the result (AGENT-26). */
export const AFTER_RESULT = 'after-result';

const terminalReason = (facts: RunFacts): string | null => text(facts.seen.result?.terminal_reason);
const apiStatus = (facts: RunFacts): number =>
  count(facts.seen.result?.api_error_status) || (facts.seen.errorStatus ?? 0);
const isError = (facts: RunFacts): boolean => facts.seen.result?.is_error === true;
const said = (facts: RunFacts, pattern: RegExp): boolean =>
  ownWords(facts).some((words) => pattern.test(words));
const errorIs = (facts: RunFacts, ...kinds: string[]): boolean => kinds.includes(facts.seen.errorKind ?? '');

/** Texts of the CLI itself; never the model's prose or tool output (AGENT-38). */
export function ownWords(facts: Pick<RunFacts, 'seen' | 'stderrTail' | 'plainLines'>): string[] {
  const { result } = facts.seen;
  const closing = result?.is_error === true || result?.subtype !== 'success' ? text(result?.result) : null;
  const errors = list(result?.errors).map((value) => text(value) ?? '');
  return [closing ?? '', ...errors, ...facts.seen.ownTexts, facts.stderrTail, ...facts.plainLines];
}

interface Row {
  class: AgentClass;
  matches: (facts: RunFacts) => boolean;
}

const stoppedBy =
  (...causes: string[]): Row['matches'] =>
  (facts) =>
    facts.stopCause !== null && causes.includes(facts.stopCause);

/** First matching row decides. Numbers stand before texts. */
const ROWS: readonly Row[] = [
  { class: 'cancelled', matches: stoppedBy('cancelled') },
  { class: 'interrupted', matches: stoppedBy('interrupted', 'aborted') },
  {
    class: 'budget',
    matches: (facts) =>
      stoppedBy('budget')(facts) || terminalReason(facts) === 'budget_exhausted' || isBudgetSubtype(facts),
  },
  {
    class: 'auth',
    matches: (facts) =>
      [401, 403].includes(apiStatus(facts)) ||
      errorIs(facts, 'authentication_failed') ||
      said(facts, /Not logged in|Please run \/login|Invalid API key|OAuth token has expired/),
  },
  {
    class: 'limit',
    matches: (facts) =>
      facts.seen.limit !== null || ownWords(facts).some((words) => readLimitText(words, facts.now) !== null),
  },
  {
    class: 'saturated',
    matches: (facts) =>
      terminalReason(facts) === 'prompt_too_long' ||
      said(facts, /Prompt is too long/i) ||
      isPoisonedResume(facts),
  },
  {
    class: 'session-missing',
    matches: (facts) => said(facts, /No conversation found with session ID|Session ID \S+ is already in use/),
  },
  { class: 'transient', matches: isTransient },
  { class: 'first-byte', matches: stoppedBy('first-byte') },
  { class: 'idle', matches: stoppedBy('idle') },
  { class: 'timeout', matches: stoppedBy('deadline', 'timeout') },
  {
    class: 'billing',
    matches: (facts) =>
      errorIs(facts, 'billing_error') ||
      said(facts, /Credit balance is too low|monthly spend(?:ing)? limit/i),
  },
  { class: 'empty-log', matches: (facts) => facts.seen.modelEvents === 0 },
  { class: 'agent-error', matches: (facts) => facts.seen.result !== null },
];

/** The class of a run that is over. `stale-base` arises later, when its push is refused. */
export function classify(facts: RunFacts): AgentClass {
  if (isFinished(facts) && !isPoisonedResume(facts)) return 'finished';
  return ROWS.find((row) => row.matches(facts))?.class ?? 'crash';
}

/** A good result, completed, not stopped before it, and an end that does not contradict it (AGENT-30). */
export function isFinished(facts: RunFacts): boolean {
  const { result } = facts.seen;
  if (result === null || result.is_error !== false) return false;
  const reason = terminalReason(facts);
  if (reason !== null && reason !== 'completed') return false;
  if (facts.stopCause !== null) return !facts.stoppedBeforeResult;
  return facts.exitCode === 0;
}

/**
 * A resumed session too full to answer: it claims a good end at once, with nothing done and nothing written.
 * A resumed run that failed for a reason of its own (no such session, overload) keeps that reason.
 */
export function isPoisonedResume(facts: RunFacts): boolean {
  return (
    facts.resumed &&
    facts.durationMs < facts.resumeMinMs &&
    Object.keys(facts.seen.toolCounts).length === 0 &&
    !facts.outputsPresent &&
    isFinished(facts)
  );
}

function isTransient(facts: RunFacts): boolean {
  const status = apiStatus(facts);
  if ([429, 500, 502, 503, 504, 529].includes(status)) return true;
  if (errorIs(facts, 'rate_limit', 'overloaded', 'server_error')) return true;
  if (terminalReason(facts) === 'api_error' && status === 0) return true;
  return isError(facts) && said(facts, /\bOverloaded\b/);
}

const isBudgetSubtype = (facts: RunFacts): boolean => facts.seen.result?.subtype === 'error_max_budget_usd';
