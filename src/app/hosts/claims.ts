import type { AgentRequest } from '../../agent/port.ts';
import type { Preflight } from '../../agent/preflight.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { Refusal } from '../../processors/run-report.ts';
import type { Announcement } from '../../queues/announcement.ts';
import { capAmount, capOf, type MoneyDeps, moneyOf, nextDay } from '../surfaces/money.ts';
import type { Resilience } from './resilience.ts';

/** A host that cannot run a model now says why and what to do (AGENT-44). */
export function refusalOfHost(ready: Preflight, host: string): Refusal | null {
  if (ready.ready) return null;
  const { cause, reason, fix } = ready;
  return { class: 'auth', reason: `${reason} ${fix}`, notReady: { host, cause, reason, fix } };
}

/** How a host announces what it found out about itself. */
export function announced(ready: Preflight | undefined): Announcement['preflight'] {
  if (ready === undefined || ready.ready) return { ok: true, detail: '' };
  const { cause, reason, fix } = ready;
  return { ok: false, detail: `${reason} ${fix}`, problem: { cause, reason, fix } };
}

/** Money that is left at the moment a run is claimed (AGENT-47). */
function refusalOfBudget(money: MoneyDeps, task: TaskState, runId: string): Refusal | null {
  const state = moneyOf(money, task, runId);
  const cap = capOf(money, state);
  if (cap.start) return null;
  const reason = `the budget of the ${cap.cap} is used up`;
  // Only a day ends by itself.
  const resumeAt = cap.cap === 'day' ? nextDay(money) : null;
  return { class: 'budget', reason, cap: { name: cap.cap, usd: capAmount(state, cap.cap) }, resumeAt };
}

export interface ClaimDeps extends MoneyDeps {
  task: (id: number) => TaskState | null;
  resilience: Pick<Resilience, 'admit' | 'check'>;
  host: string;
}

/** Budget, readiness and breaker, asked again at the moment a run is claimed (AGENT-44, AGENT-45, AGENT-47). */
export function createClaims(deps: ClaimDeps) {
  return async (request: AgentRequest): Promise<Refusal | { lookAgainMs: number } | null> => {
    const task = deps.task(request.task);
    const poor = task === null ? null : refusalOfBudget(deps, task, request.runId);
    if (poor) return poor;
    const unready = refusalOfHost(await deps.resilience.check(), deps.host);
    if (unready) return unready;
    const lookAgainMs = deps.resilience.admit(request.runId);
    return lookAgainMs === null ? null : { lookAgainMs };
  };
}
