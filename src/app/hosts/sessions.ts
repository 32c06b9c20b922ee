import { existsSync } from 'node:fs';
import { SessionTotals } from '../../agent/port.ts';
import { chooseSession, type ResumeLimits } from '../../agent/resume.ts';
import { SESSION_RULES, type SessionRule, sessionOfNewAttempt } from '../../agent/session-rule.ts';
import type { SessionRow } from '../../db/run-sessions.ts';
import type { Logger } from '../../log.ts';
import type { AgentClass } from '../../pipeline/agent-result.ts';
import { humanGate } from '../../pipeline/plan.ts';
import { isWorkStage } from '../../pipeline/stages.ts';
import type { TaskState } from '../../pipeline/task.ts';

export interface SessionDeps {
  sessions: (task: number) => readonly SessionRow[];
  /** Of a task's worktree on this host. */
  worktreePath: (task: TaskState) => string;
  host: string;
  /** True for another host that takes runs and is ready: it looks after its worktree and home itself. */
  isReady: (host: string) => boolean;
  /** `HOME` of the CLI, which keeps its sessions there. */
  home: string;
  limits: ResumeLimits;
  now: () => number;
  log: Logger;
}

export interface ResumableSession {
  id: string;
  /** Where it is kept: the run is left to that host (AGENT-60). */
  host: string;
  totals: SessionTotals | null;
}

/** Runs that had a process; refusals before the start leave no session (AGENT-44, AGENT-47). */
const hadProcess = ({ ended, sessionId, session }: SessionRow): boolean =>
  ended && sessionId !== null && session.host !== null;

/** What the end of the last run, or the cause of a new attempt, says about its session (AGENT-39). */
function ruleOf(task: TaskState, last: SessionRow): SessionRule {
  if (last.attempt === task.attempt) {
    if (last.class === 'finished' || last.class === null) return 'none';
    return SESSION_RULES[last.class as Exclude<AgentClass, 'finished'>] ?? 'none';
  }
  // Where a person closes the stage, a new attempt is that person's answer.
  if (isWorkStage(task.stage) && humanGate(task.stage)) return sessionOfNewAttempt('answers');
  return sessionOfNewAttempt(task.bounces.at(-1)?.cause === 'ci' ? 'ci' : 'bounce');
}

/**
 * The session the next run of a task continues, or null for a fresh one (AGENT-40). The machine has already said
 * that the event allows it; here the facts of the earlier runs and of the session's host decide.
 */
export function createSessions(deps: SessionDeps): (task: TaskState) => ResumableSession | null {
  return (task) => {
    const runs = deps.sessions(task.id).filter((run) => run.stage === task.stage && hadProcess(run));
    const last = runs.at(-1);
    if (last === undefined) return null;
    const own = runs.filter(({ sessionId }) => sessionId === last.sessionId);
    const choice = chooseSession(factsOf(deps, task, { runs, own, last }), deps.limits);
    if (choice.start === 'fresh') {
      deps.log.info({ taskId: task.id, runId: last.id, why: choice.why }, 'session not resumed');
      return null;
    }
    const totals = own.findLast(({ session }) => session.totals !== null)?.session.totals;
    return {
      id: last.sessionId as string,
      host: last.session.host as string,
      totals: SessionTotals.nullable()
        .catch(null)
        .parse(totals ?? null),
    };
  };
}

interface Past {
  runs: readonly SessionRow[];
  /** Runs of the session in question. */
  own: readonly SessionRow[];
  last: SessionRow;
}

function factsOf(deps: SessionDeps, task: TaskState, { runs, own, last }: Past) {
  const alike = runs.filter((run) => run.attempt === last.attempt && run.class === last.class);
  const { host, home } = last.session;
  const elsewhere = host !== null && host !== deps.host && deps.isReady(host);
  return {
    rule: ruleOf(task, last),
    sessionId: last.sessionId,
    saturated: own.some((run) => run.class === 'saturated' || run.class === 'session-missing'),
    sameClassBefore: Math.max(0, alike.length - 1),
    turns: last.session.turns,
    sameHost: elsewhere || host === deps.host,
    sameHome: elsewhere || home === null || home === deps.home,
    sameWorktree: elsewhere || existsSync(deps.worktreePath(task)),
    // A moved head raises the fence and begins a new attempt; the worktree is checked when it is opened (FORGE-73).
    treeUnchanged: true,
    resumesSoFar: own.filter(({ session }) => session.resumed).length,
    contextPct: last.session.contextPct,
    ageMs: deps.now() - (last.endedAt ?? deps.now()),
  };
}
