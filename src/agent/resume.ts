import type { SessionRule } from './session-rule.ts';

/** What is known when the next run of a task is about to start (AGENT-40). */
export interface ResumeFacts {
  rule: SessionRule;
  sessionId: string | null;
  /** The session is known to be too full. */
  saturated: boolean;
  /** Runs of this class in this attempt before, for `resume-once`. */
  sameClassBefore: number;
  turns: number;
  sameHost: boolean;
  sameHome: boolean;
  sameWorktree: boolean;
  /** Branch head and worktree are as recorded at the end of the run. */
  treeUnchanged: boolean;
  resumesSoFar: number;
  contextPct: number | null;
  ageMs: number;
}

export interface ResumeLimits {
  /** `ORCH_AGENT_MAX_RESUMES`. */
  maxResumes: number;
  /** `ORCH_RESUME_MAX_CONTEXT_PCT`. */
  maxContextPct: number;
  /** `ORCH_RESUME_MAX_AGE_H` in milliseconds. */
  maxAgeMs: number;
}

export type ResumeChoice =
  | { start: 'resume' }
  /** `handoff`: the brief tells what the previous run left. `why` is one phrase for the log. */
  | { start: 'fresh'; handoff: boolean; why: string };

/** Resume the same session or start fresh: a pure table (AGENT-39, AGENT-40). */
export function chooseSession(facts: ResumeFacts, limits: ResumeLimits): ResumeChoice {
  switch (facts.rule) {
    case 'none':
      return fresh('a new brief', false);
    case 'fresh-same-brief':
      return fresh('nothing was begun', false);
    case 'fresh-handoff':
      return fresh('the session must not continue');
    case 'fresh-new-head':
      return fresh('the branch has a new head');
    case 'resume-if-turn':
      if (facts.turns === 0) return fresh('no turn was completed', false);
      break;
    case 'resume-once':
      if (facts.sameClassBefore > 0) return fresh('it was resumed once already');
      break;
    case 'resume':
      break;
  }
  const why = whyNotResumable(facts, limits);
  return why === null ? { start: 'resume' } : fresh(why);
}

/** Null when the session can be resumed, else the first reason against it. */
export function whyNotResumable(facts: ResumeFacts, limits: ResumeLimits): string | null {
  if (facts.sessionId === null) return 'the session is not known';
  if (facts.saturated) return 'the session is full';
  if (!facts.sameHost) return 'its host is not available';
  if (!facts.sameHome) return 'its home directory is another';
  if (!facts.sameWorktree) return 'its worktree is gone';
  if (!facts.treeUnchanged) return 'branch or worktree have changed';
  if (facts.resumesSoFar >= limits.maxResumes) return `it was resumed ${facts.resumesSoFar} times`;
  if (facts.contextPct === null) return 'its size is not known';
  if (facts.contextPct > limits.maxContextPct) return `its context is ${facts.contextPct} % full`;
  if (facts.ageMs > limits.maxAgeMs) return 'it is too old';
  return null;
}

const fresh = (why: string, handoff = true): ResumeChoice => ({ start: 'fresh', handoff, why });
