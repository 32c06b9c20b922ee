import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { AgentClass } from '../pipeline/agent-result.ts';
import type { ProcessResult } from '../subprocess.ts';
import { classify, ownWords, type RunFacts } from './classify.ts';
import { readLimitText } from './limits.ts';
import { type AgentRequest, type AgentRun, outcomeOf } from './port.ts';
import { contextPct } from './snapshot.ts';
import { activityOf } from './stream/activity.ts';
import { list, object, text } from './stream/json.ts';
import { findLastResult } from './stream/last-result.ts';
import type { Observation } from './stream/observe.ts';
import { usageOf } from './usage.ts';

/** What is known when the child and everything it started are gone. */
export interface Ending {
  result: ProcessResult;
  seen: Observation;
  plainLines: readonly string[];
  stoppedBeforeResult: boolean;
  logTail: string;
}

export interface ReportContext {
  request: AgentRequest;
  deps: { now: () => number; redact: (text: string) => string; resumeMinMs: number };
  cwd: string;
}

/** Turns the end of a child into the run's report: class first, then usage (AGENT-33). */
export function reportRun(ending: Ending, context: ReportContext): AgentRun {
  const { request, deps, cwd } = context;
  const { seen, result } = ending;
  seen.result ??= findLastResult(result.stdoutTail);
  const facts = factsOf(ending, context);
  const agentClass = classify(facts);
  const { usage, totals } = usageOf({
    seen,
    before: request.session.resume ? request.session.totals : null,
    prices: request.prices,
    durationMs: result.durationMs,
    requestedModel: request.model,
  });
  return {
    class: agentClass,
    outcome: outcomeOf(agentClass),
    reason: deps.redact(reasonOf(agentClass, facts)),
    exitCode: result.signal ? -constants.signals[result.signal] : result.exitCode,
    signal: result.signal,
    usage,
    sessionTotals: totals,
    sessionId: seen.sessionId,
    turns: seen.turns,
    contextPct: contextPct(seen),
    toolCounts: seen.toolCounts,
    logTail: ending.logTail,
    permissionDenials: list(seen.result?.permission_denials).map(
      (denial) => text(object(denial).tool_name) ?? '?',
    ),
    lastActivity: seen.lastTool ? activityOf(seen, cwd, deps.redact) : null,
    ...retryHints(facts, agentClass),
    durationMs: result.durationMs,
    survivors: result.swept.left,
  };
}

function factsOf(ending: Ending, { request, deps, cwd }: ReportContext): RunFacts {
  const { result, seen } = ending;
  return {
    seen,
    stopCause: result.cause,
    stoppedBeforeResult: ending.stoppedBeforeResult,
    exitCode: result.exitCode,
    stderrTail: result.stderrTail,
    plainLines: ending.plainLines,
    resumed: request.session.resume,
    durationMs: result.durationMs,
    outputsPresent: outputsPresent(cwd, request.outputs),
    resumeMinMs: deps.resumeMinMs,
    now: deps.now(),
  };
}

const RETRY_AFTER = /retry[- ]after:?\s*(\d{1,6})|try again in (\d{1,6}) ?s(?:ec|\b)/i;

function retryHints(facts: RunFacts, agentClass: AgentClass): Partial<AgentRun> {
  if (agentClass === 'limit') {
    const named = ownWords(facts).map((words) => readLimitText(words, facts.now)?.resetsAtMs ?? null);
    const resetsAt = facts.seen.limit?.resetsAtMs ?? named.find((at) => at !== null) ?? null;
    return resetsAt === null ? {} : { limitResetAt: resetsAt };
  }
  if (agentClass !== 'transient') return {};
  const stated = ownWords(facts)
    .map((words) => RETRY_AFTER.exec(words))
    .find((hit) => hit !== null);
  return {
    ...(stated ? { retryAfterS: Number(stated[1] ?? stated[2]) } : {}),
    ...(facts.seen.lastRetry ? { retryDelayMs: facts.seen.lastRetry.delayMs } : {}),
  };
}

const REASONS: Readonly<Partial<Record<AgentClass, string>>> = {
  finished: 'The agent finished.',
  cancelled: 'The run was cancelled.',
  interrupted: 'The run was interrupted.',
  budget: 'The run reached its budget.',
  'first-byte': 'The model did not answer in time.',
  idle: 'The agent was silent for too long.',
  timeout: 'The run reached its time limit.',
  'empty-log': 'The agent ended without a word from the model.',
};

/** One line: our sentence for the class, else the first thing the CLI itself said. */
function reasonOf(agentClass: AgentClass, facts: RunFacts): string {
  const own = REASONS[agentClass];
  const words = ownWords(facts).find((line) => line.trim() !== '');
  const detail = words?.trim().split('\n').at(-1)?.slice(0, 200);
  if (agentClass === 'empty-log' && detail) return `${own} ${detail}`;
  if (own) return own;
  if (detail) return detail;
  return `The agent ended with ${facts.exitCode === null ? 'a signal' : `exit code ${facts.exitCode}`}.`;
}

/** True when every file the role owes is in the worktree. */
const outputsPresent = (cwd: string, outputs: readonly string[]): boolean =>
  outputs.length > 0 && outputs.every((path) => existsSync(join(cwd, path)));
