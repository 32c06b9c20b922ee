import type { AgentRequest, AgentRun, AgentRunner, StopReason } from '../agent/port.ts';
import { workItemDir } from '../pipeline/artefacts.ts';
import type { FactData } from '../pipeline/events.ts';
import type { JobContext } from '../queues/catalog.ts';
import type { ProjectWorkspace, Workspace } from '../workspace/workspace.ts';
import { type StepResultOf, step } from './step.ts';
import type { StepInput } from './step-input.ts';

export interface RunAgentDeps {
  workspace: Workspace;
  agent: AgentRunner;
  /** Why no run may start here and now, or null (AGENT-44, AGENT-47). */
  refusal: (request: AgentRequest) => Promise<{ class: 'auth' | 'budget'; reason: string } | null>;
  /** True while the fence of this run is still the task's newest (AGENT-56). */
  fenceHolds: (task: number, fence: number) => Promise<boolean>;
  now: () => number;
}

type Report = FactData['agent-result'];
type Call = { input: StepInput; plan: NonNullable<StepInput['agent']>; context: JobContext };

/** Reasons our own jobs are aborted with, in the words of the agent room. */
const stopReason = (reason: unknown): StopReason =>
  reason === 'shutdown' || reason === 'deadline' ? 'interrupted' : 'cancelled';

/**
 * One run of a role: worktree, child, write scope, commit, push (AGENT-33). The outcome is a report; only gates
 * decide about the work (AGENT-58).
 */
export const createRunAgent = (deps: RunAgentDeps) =>
  step(async ({ input, context }) => {
    const plan = input.agent;
    if (plan === undefined) throw new Error('the payload of a run carries no agent request');
    const call = { input, plan, context };
    const refused = await deps.refusal(plan.request);
    if (refused) return toOutcome(notStarted(refused), call);
    const ws = deps.workspace.open(input.project);
    const head = input.headSha ?? '';
    const { branch, wid } = input;
    const tree = await ws.ensureWorktree({ branch, wid, recordedHead: head, resume: plan.resume });
    const run = await runChild(deps, call, tree.path);
    return toOutcome(
      run.class === 'finished' ? await keep(deps, call, { ws, run }) : await putAside(call, { ws, run }),
      call,
    );
  });

async function runChild(deps: RunAgentDeps, { plan, context }: Call, cwd: string): Promise<AgentRun> {
  const controller = new AbortController();
  const stop = () => controller.abort(stopReason(context.signal.reason));
  if (context.signal.aborted) stop();
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    return await deps.agent.run(plan.request, {
      cwd,
      signal: controller.signal,
      onProgress: (progress) => void context.progress({ progress }).catch(() => undefined),
    });
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
}

const identityOf = ({ input, plan }: Call) => ({
  wid: input.wid,
  prefix: input.prefix,
  stage: input.stage,
  attempt: input.attempt,
  role: plan.request.role,
  runId: plan.request.runId,
});

interface Ended {
  ws: ProjectWorkspace;
  run: AgentRun;
}

const reportOf = (run: AgentRun, more: Partial<Report>): Report => ({
  run: 0,
  class: run.class,
  reason: run.reason,
  startSha: null,
  headSha: null,
  codeChanged: false,
  usage: run.usage,
  sessionId: run.sessionId,
  exitCode: run.exitCode,
  logTail: run.logTail.slice(-4000),
  restored: [],
  archiveRef: null,
  resumeAt: run.limitResetAt ?? null,
  ...more,
});

/** A run that was never started spends nothing and leaves nothing behind. */
const notStarted = ({ class: agentClass, reason }: { class: 'auth' | 'budget'; reason: string }): Report => ({
  run: 0,
  class: agentClass,
  reason,
  startSha: null,
  headSha: null,
  codeChanged: false,
  usage: null,
  sessionId: null,
  exitCode: null,
  logTail: '',
  restored: [],
  archiveRef: null,
  resumeAt: null,
});

/** A finished run: scope enforced, committed and pushed (FORGE-88, AGENT-1). */
async function keep(deps: RunAgentDeps, call: Call, { ws, run }: Ended): Promise<Report> {
  const { input, plan } = call;
  const startSha = input.startSha ?? input.headSha ?? '';
  const recordedHead = input.headSha ?? startSha;
  const pushed = await ws.finishRun({
    branch: input.branch,
    run: identityOf(call),
    startSha,
    recordedHead,
    scope: plan.scope,
    fenceHolds: () => deps.fenceHolds(input.taskId, plan.request.fence),
  });
  const { restored } = pushed;
  if (pushed.kind === 'pushed') {
    const codeChanged = await changedCode(ws, { from: recordedHead, to: pushed.head, wid: input.wid });
    return reportOf(run, { startSha: recordedHead, headSha: pushed.head, restored, codeChanged });
  }
  if (pushed.kind === 'stale-base') {
    const aside = await putAside(call, { ws, run: { ...run, class: 'stale-base' } });
    return { ...aside, reason: 'somebody else pushed to the branch', restored };
  }
  if (pushed.kind === 'refused')
    return reportOf({ ...run, class: 'cancelled', reason: pushed.reason }, { restored });
  throw new Error(`the work could not be pushed: ${pushed.reason}`);
}

async function changedCode(
  ws: ProjectWorkspace,
  range: { from: string; to: string; wid: string },
): Promise<boolean> {
  if (range.from === range.to) return false;
  const changed = await ws.mirror.changedPaths(range.from, range.to);
  return changed.some(({ path }) => !path.startsWith(`${workItemDir(range.wid)}/`));
}

/** Work of a run that did not finish never reaches the branch; it is archived (FORGE-88). */
async function putAside(call: Call, { ws, run }: Ended): Promise<Report> {
  const { input } = call;
  const archived = await ws.archiveRun({
    branch: input.branch,
    run: identityOf(call),
    why: { kind: 'incomplete', class: run.class },
    recordedHead: input.headSha ?? '',
  });
  return reportOf(run, { archiveRef: archived.ref });
}

const toOutcome = (report: Report, { plan }: Call): StepResultOf => ({
  outcome: report.class === 'finished' ? 'passed' : 'faulted',
  reason: report.reason,
  evidence: {
    ...report,
    run: plan.request.run,
    ...(report.headSha === null ? { headSha: undefined } : {}),
  },
});
