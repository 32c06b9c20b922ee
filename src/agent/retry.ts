import type { AgentClass } from '../pipeline/agent-result.ts';

/** Which budget a run that ended so spends (AGENT-41). */
export type RetryBudget = 'none' | 'attempts' | 'transient';

/** When the next run starts; `short` is 10 s. */
export type RetryDelay = 'now' | 'short' | 'backoff' | 'reset' | 'preflight' | 'raised' | 'never';

/** What the next run knows of this one. */
export type SessionRule =
  /** Same session where it can be resumed, else fresh with a handoff. */
  | 'resume'
  /** Same session the first time this happens in an attempt, then fresh with a handoff. */
  | 'resume-once'
  /** Same session if a turn was completed, else fresh with the same brief. */
  | 'resume-if-turn'
  | 'fresh-handoff'
  | 'fresh-same-brief'
  | 'fresh-new-head'
  | 'none';

export interface RetryRule {
  budget: RetryBudget;
  delay: RetryDelay;
  session: SessionRule;
}

/** Consequence of every class (AGENT-39). `finished` has none: its gates decide. */
export const RETRY_RULES: Readonly<Record<Exclude<AgentClass, 'finished'>, RetryRule>> = {
  interrupted: { budget: 'none', delay: 'now', session: 'resume' },
  crash: { budget: 'attempts', delay: 'short', session: 'resume-once' },
  idle: { budget: 'attempts', delay: 'short', session: 'resume-once' },
  timeout: { budget: 'attempts', delay: 'short', session: 'fresh-handoff' },
  'agent-error': { budget: 'attempts', delay: 'short', session: 'fresh-handoff' },
  'empty-log': { budget: 'attempts', delay: 'short', session: 'fresh-handoff' },
  saturated: { budget: 'attempts', delay: 'now', session: 'fresh-handoff' },
  'stale-base': { budget: 'attempts', delay: 'now', session: 'fresh-new-head' },
  'session-missing': { budget: 'none', delay: 'now', session: 'fresh-handoff' },
  transient: { budget: 'transient', delay: 'backoff', session: 'resume-if-turn' },
  'first-byte': { budget: 'transient', delay: 'backoff', session: 'fresh-same-brief' },
  limit: { budget: 'none', delay: 'reset', session: 'resume-if-turn' },
  auth: { budget: 'none', delay: 'preflight', session: 'resume-if-turn' },
  billing: { budget: 'none', delay: 'preflight', session: 'resume-if-turn' },
  budget: { budget: 'none', delay: 'raised', session: 'resume' },
  cancelled: { budget: 'none', delay: 'never', session: 'none' },
};

/** Why a new attempt starts although nothing failed technically (last rows of AGENT-39). */
export type NewAttempt = 'answers' | 'ci' | 'bounce' | 'human';

const NEW_ATTEMPT: Readonly<Record<NewAttempt, SessionRule>> = {
  answers: 'resume',
  ci: 'resume',
  bounce: 'none',
  human: 'none',
};

/** How the session of the previous attempt is used by a new one; `none` is fresh with the whole brief. */
export const sessionOfNewAttempt = (why: NewAttempt): SessionRule => NEW_ATTEMPT[why];
