import type { AgentClass } from '../pipeline/agent-result.ts';

/** What the next run knows of the one before it (last column of AGENT-39). */
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

/** By the class of the run that ended. Budgets and delays of a class are decided by the pipeline. */
export const SESSION_RULES: Readonly<Record<Exclude<AgentClass, 'finished'>, SessionRule>> = {
  interrupted: 'resume',
  crash: 'resume-once',
  idle: 'resume-once',
  timeout: 'fresh-handoff',
  'agent-error': 'fresh-handoff',
  'empty-log': 'fresh-handoff',
  saturated: 'fresh-handoff',
  'stale-base': 'fresh-new-head',
  'session-missing': 'fresh-handoff',
  transient: 'resume-if-turn',
  'first-byte': 'fresh-same-brief',
  limit: 'resume-if-turn',
  auth: 'resume-if-turn',
  billing: 'resume-if-turn',
  budget: 'resume',
  cancelled: 'none',
};

/** Why a new attempt starts although nothing failed technically. */
export type NewAttempt = 'answers' | 'ci' | 'bounce' | 'human';

const NEW_ATTEMPT: Readonly<Record<NewAttempt, SessionRule>> = {
  answers: 'resume',
  ci: 'resume',
  bounce: 'none',
  human: 'none',
};

/** How a new attempt uses the session of the previous one; `none` is fresh with the whole brief. */
export const sessionOfNewAttempt = (why: NewAttempt): SessionRule => NEW_ATTEMPT[why];
