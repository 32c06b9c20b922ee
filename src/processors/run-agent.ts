import { withLanded } from '../agent/brief.ts';
import { earliestNextRun } from '../agent/next-start.ts';
import type { AgentRequest, AgentRun, AgentRunner, StopReason } from '../agent/port.ts';
import { AppError } from '../errors.ts';
import { workItemDir } from '../pipeline/artefacts.ts';
import { type JobContext, LookAgain } from '../queues/catalog.ts';
import type { ProjectWorkspace, Workspace } from '../workspace/workspace.ts';
import { Unreachable } from './outage.ts';
import { notStarted, type Refusal, type RunReport, reportOf } from './run-report.ts';
import { type StepResultOf, step } from './step.ts';
import type { StepInput } from './step-input.ts';

export interface RunAgentDeps {
  workspace: Workspace;
  agent: AgentRunner;
  /** Where sessions are kept (AGENT-40). */
  place: { host: string; home: string };
  /** Why no run may start here and now, or null; milliseconds to ask again (AGENT-44, AGENT-45, AGENT-47). */
  refusal: (request: AgentRequest) => Promise<Refusal | { lookAgainMs: number } | null>;
  /** True while the fence of this run is still the task's newest (AGENT-56). */
  fenceHolds: (task: number, fence: number) => Promise<boolean>;
  /** Ends what earlier runs of the task left alive on this host; the pids that could not be ended (REC-24). */
  clearWay: (request: AgentRequest) => Promise<readonly number[]>;
  /** Told what this host has in hand, for its announcements (REC-43). */
  hold: (request: AgentRequest) => HeldRun;
  /** 0 … 1. */
  random: () => number;
  now: () => number;
}

/** One run in hand, from before its worktree is prepared until its work is pushed (REC-65). */
export interface HeldRun {
  spawned(pid: number): void;
  phase(name: string): void;
  /** The child has ended, before anything is done with its work. */
  exited(run: AgentRun): void;
  release(): void;
}

type Call = { input: StepInput; plan: NonNullable<StepInput['agent']>; context: JobContext; held: HeldRun };
interface Ended {
  ws: ProjectWorkspace;
  run: AgentRun;
}

/** Reasons our own jobs are aborted with, in the words of the agent room. */
const stopReason = (reason: unknown): StopReason =>
  reason === 'shutdown' || reason === 'deadline' ? 'interrupted' : 'cancelled';

const OLD_FENCE: Refusal = { class: 'cancelled', reason: 'the run was replaced by a newer attempt' };

/** Classes whose session may go on in the worktree as it is (AGENT-25, AGENT-39). */
const MAY_RESUME: ReadonlySet<AgentRun['class']> = new Set([
  'interrupted',
  'crash',
  'idle',
  'transient',
  'limit',
  'auth',
  'billing',
  'budget',
]);

/**
 * One run of a role: worktree, child, write scope, commit, push (AGENT-33). The outcome is a report; only gates
 * decide about the work (AGENT-58).
 */
export const createRunAgent = (deps: RunAgentDeps) =>
  step(async ({ input, context }) => {
    const plan = input.agent;
    if (plan === undefined) throw new Error('the payload of a run carries no agent request');
    const { request } = plan;
    // The run had ended when the forge went away: only its push is repeated.
    const earlier = context.reported?.finished as AgentRun | undefined;
    const refused = earlier ? null : await refusalOf(deps, request);
    if (refused && 'lookAgainMs' in refused) {
      await context.progress({ parked: true });
      throw new LookAgain(refused.lookAgainMs);
    }
    if (refused) return toOutcome(notStarted(refused), plan);
    const held = deps.hold(request);
    const call = { input, plan, context, held };
    try {
      return await (earlier ? pushAgain(deps, call, earlier) : carryOut(deps, call));
    } finally {
      held.release();
    }
  });

async function refusalOf(deps: RunAgentDeps, request: AgentRequest): ReturnType<RunAgentDeps['refusal']> {
  return (await deps.fenceHolds(request.task, request.fence)) ? deps.refusal(request) : OLD_FENCE;
}

/** Only the host that has the worktree can push it: the job goes round until that one takes it. */
const ELSEWHERE_MS = 500;

async function pushAgain(deps: RunAgentDeps, call: Call, run: AgentRun): Promise<StepResultOf> {
  const { host = deps.place.host } = (call.context.reported ?? {}) as { host?: string };
  if (host !== deps.place.host) {
    const { task, fence } = call.plan.request;
    // That host may never come back: then control has raised the fence, and this one ends the job.
    if (!(await deps.fenceHolds(task, fence))) return toOutcome(notStarted(OLD_FENCE), call.plan);
    throw new LookAgain(ELSEWHERE_MS);
  }
  call.held.exited(run);
  const ws = deps.workspace.open(call.input.project);
  return toOutcome(await afterwards(deps, call, { ws, run }), call.plan);
}

async function carryOut(deps: RunAgentDeps, call: Call): Promise<StepResultOf> {
  const { input, plan } = call;
  refuseCompany(await deps.clearWay(plan.request));
  const ws = deps.workspace.open(input.project);
  const { branch, wid } = input;
  const recordedHead = input.headSha ?? '';
  const tree = await ws.ensureWorktree({ branch, wid, recordedHead, resume: plan.resume });
  const run = await runChild(deps, call, tree.path);
  call.held.exited(run);
  return toOutcome(await afterwards(deps, call, { ws, run }), call.plan);
}

/** Nothing starts in a worktree in which something of an earlier run still lives (REC-24, REC-63). */
function refuseCompany(pids: readonly number[]): void {
  if (pids.length === 0) return;
  throw new AppError('run-alive', `Expected no process of an earlier run, found ${pids.join(', ')}.`, {
    fault: 'environment',
    retry: true,
    hint: 'It is tried again; end these processes if they stay.',
  });
}

async function runChild(
  deps: RunAgentDeps,
  { input, plan, context, held }: Call,
  cwd: string,
): Promise<AgentRun> {
  const controller = new AbortController();
  const stop = () => controller.abort(stopReason(context.signal.reason));
  if (context.signal.aborted) stop();
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    const { landedSha } = input;
    const { brief } = plan.request;
    const request =
      landedSha === null ? plan.request : { ...plan.request, brief: withLanded(brief, landedSha) };
    return await deps.agent.run(request, {
      cwd,
      signal: controller.signal,
      onSpawn: held.spawned,
      onProgress: (progress) => {
        held.phase(progress.phase);
        void context.progress({ progress }).catch(() => undefined);
      },
    });
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
}

/** What becomes of the work: kept, put aside, or not touched while something of the run still lives in it. */
async function afterwards(deps: RunAgentDeps, call: Call, ended: Ended): Promise<RunReport> {
  const { run } = ended;
  const { request } = call.plan;
  if (run.survivors.length > 0) {
    const reason = `processes ${run.survivors.join(', ')} of the run could not be ended; its work is not touched`;
    return report(deps, call, { ...run, class: 'crash', outcome: 'permanent', reason });
  }
  if (run.class !== 'finished') return putAside(deps, call, ended);
  if (await deps.fenceHolds(request.task, request.fence)) return keep(deps, call, ended);
  return putAside(deps, call, {
    ...ended,
    run: { ...run, class: 'cancelled', outcome: 'cancelled', reason: OLD_FENCE.reason },
  });
}

const identityOf = ({ input, plan }: Call) => ({
  wid: input.wid,
  prefix: input.prefix,
  stage: input.stage,
  attempt: input.attempt,
  role: plan.request.role,
  runId: plan.request.runId,
});

function report(deps: RunAgentDeps, { plan }: Call, run: AgentRun, more: Partial<RunReport> = {}): RunReport {
  const resumeAt = earliestNextRun(run, { ...plan.retry, now: deps.now(), random: deps.random() });
  const cap = run.class === 'budget' && plan.cap ? { cap: plan.cap } : {};
  return reportOf(run, { place: deps.place, resumeAt, ...cap, ...more });
}

/** A finished run: scope enforced, committed and pushed (FORGE-88, AGENT-1). */
async function keep(deps: RunAgentDeps, call: Call, { ws, run }: Ended): Promise<RunReport> {
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
    // From the start of the attempt: a run whose result was lost may have pushed before this one.
    const codeChanged = await changedCode(ws, { from: startSha, to: pushed.head, wid: input.wid });
    return report(deps, call, run, { startSha, headSha: pushed.head, restored, codeChanged });
  }
  if (pushed.kind === 'stale-base') {
    const aside = await putAside(deps, call, { ws, run: { ...run, class: 'stale-base' } });
    // The next run starts fresh on what is there now (AGENT-39).
    return { ...aside, headSha: pushed.remoteHead, reason: 'somebody else pushed to the branch', restored };
  }
  if (pushed.kind === 'refused')
    return report(deps, call, { ...run, class: 'cancelled', reason: pushed.reason }, { restored });
  throw new Unreachable(`the work could not be pushed: ${pushed.reason}`, {
    finished: run,
    host: deps.place.host,
  });
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
async function putAside(deps: RunAgentDeps, call: Call, { ws, run }: Ended): Promise<RunReport> {
  const { input } = call;
  const archived = await ws.archiveRun({
    branch: input.branch,
    run: identityOf(call),
    why: { kind: 'incomplete', class: run.class },
    recordedHead: input.headSha ?? '',
    keepTree: MAY_RESUME.has(run.class) && run.turns > 0,
  });
  return report(deps, call, run, { archiveRef: archived.ref });
}

const toOutcome = (ended: RunReport, plan: Call['plan']): StepResultOf => ({
  outcome: ended.class === 'finished' ? 'passed' : 'faulted',
  reason: ended.reason,
  evidence: {
    ...ended,
    run: plan.request.run,
    ...(ended.headSha === null ? { headSha: undefined } : {}),
  },
});
