import type { CheckHistory } from '../gates/gate.ts';
import type { GateSettings } from '../gates/settings.ts';
import type { Effect } from '../pipeline/effects.ts';
import { gateOfStep, gateStep, isWrittenBefore } from '../pipeline/plan.ts';
import type { Project } from '../pipeline/project.ts';
import { STAGE_RULES, STAGES, type WorkStage } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import type { Evidence } from '../pipeline/verdict.ts';
import type { RunRecord, VerdictRecord } from '../pipeline/view.ts';
import { PAYLOAD_VERSION, type StepPayload } from '../queues/catalog.ts';
import { type AgentPlanDeps, planAgent } from './plan-agent.ts';
import type { StepInput } from './step-input.ts';

type RunStage = Extract<Effect, { kind: 'run-stage' }>;

/** A stage attempt as jobs: `settle` at the top, `steps` in the order they run (REC-11). */
export interface PlannedStage {
  settle: StepPayload;
  steps: { payload: StepPayload & { input: Record<string, unknown> }; extra?: Record<string, unknown> }[];
  /** Of the agent run (REC-15). */
  priority: number;
}

export interface PlanDeps {
  project: (repo: string) => Project;
  runs: (task: number) => readonly RunRecord[];
  verdicts: (task: number) => readonly VerdictRecord[];
  checkHistory: (repo: string) => CheckHistory;
  issueUrl: (task: TaskState) => string | null;
  gateSettings: GateSettings;
  botUsers: (project: Project) => readonly string[];
  agent: AgentPlanDeps;
}

/** The gate that runs the checks again on what will be merged, and compares with earlier runs (SHIP-56). */
const RETESTS = gateStep('check_branch_mergeable');
const NO_HISTORY: CheckHistory = { passes: [], mainTests: null, mainCoverage: null };

/** Everything the jobs of one publication need, from the database at the moment they are published (AGENT-55). */
export function planStage(deps: PlanDeps, task: TaskState, effect: RunStage): PlannedStage {
  const { stage, attempt, generation, fence } = effect;
  const ref = {
    v: PAYLOAD_VERSION,
    task: task.id,
    wid: task.wid,
    repo: task.repo,
    stage,
    attempt,
    generation,
    fence,
    ...(effect.traceparent === undefined ? {} : { traceparent: effect.traceparent }),
  } as const;
  const project = deps.project(task.repo);
  const verdicts = deps.verdicts(task.id);
  const checkHistory = effect.steps.includes(RETESTS) ? deps.checkHistory(task.repo) : NO_HISTORY;
  const base = stepInput(deps, { task, project, verdicts, checkHistory });
  const steps = effect.steps.map((step) => {
    if (step !== 'agent') return { payload: { ...ref, step, input: { ...base } } };
    const facts = { task, project, verdicts, runs: deps.runs(task.id), resume: effect.resume };
    const input: StepInput = { ...base, agent: planAgent(deps.agent, facts) };
    return { payload: { ...ref, step, input: { ...input } }, extra: { role: STAGE_RULES[stage].role } };
  });
  return {
    settle: { ...ref, step: 'settle' },
    steps,
    priority: priorityOf(task.priority, stage, effect.urgent),
  };
}

/** Agent runs: later stages before new ones start; a person's retry first (REC-15). */
export const priorityOf = (priority: number, stage: WorkStage, urgent: boolean): number =>
  urgent ? 10 * priority - 9 : 10 * priority - STAGES.indexOf(stage);

/** What a job about a task outside its stages needs (SHIP-136). */
export const inputOf = (deps: PlanDeps, task: TaskState): StepInput =>
  stepInput(deps, {
    task,
    project: deps.project(task.repo),
    verdicts: deps.verdicts(task.id),
    checkHistory: deps.checkHistory(task.repo),
  });

interface InputFacts {
  task: TaskState;
  project: Project;
  verdicts: readonly VerdictRecord[];
  checkHistory: CheckHistory;
}

function stepInput(deps: PlanDeps, { task, project, verdicts, checkHistory }: InputFacts): StepInput {
  return {
    taskId: task.id,
    wid: task.wid,
    prefix: project.prefix,
    title: task.title,
    description: task.description,
    fallbackId: task.issueId ?? task.uuid,
    issueUrl: deps.issueUrl(task),
    repo: task.repo,
    project,
    stage: task.stage as WorkStage,
    attempt: task.attempt,
    generation: task.generation,
    writtenBefore: isWrittenBefore(task.stage as WorkStage, task, project),
    branch: task.branch,
    startSha: task.startSha,
    headSha: task.headSha,
    prNumber: task.prNumber,
    baseSha: task.baseSha,
    testedSha: task.testedSha,
    testedTree: task.testedTree,
    landedSha: task.landedSha,
    servedSha: task.servedSha,
    confirmedBase: task.confirmation?.baseSha ?? null,
    confirmedBy: task.confirmation?.by ?? null,
    botUsers: deps.botUsers(project),
    gates: gateSummary(verdicts),
    left: leftBehind(task, verdicts),
    checkHistory,
    settings: deps.gateSettings,
  };
}

/** The newest word of every gate, in the order they were first asked. */
export function gateSummary(verdicts: readonly VerdictRecord[]): StepInput['gates'] {
  const newest = new Map<string, string>();
  for (const { step, outcome, reason } of verdicts) {
    const gate = gateOfStep(step);
    if (gate !== null) newest.set(gate, `${outcome} (${reason})`);
  }
  return [...newest].map(([gate, verdict]) => ({ gate, verdict }));
}

/** What steps of this attempt said when they last ended, for gates that go on where they parked (SHIP-14). */
function leftBehind(task: TaskState, verdicts: readonly VerdictRecord[]): Record<string, Evidence> {
  const mine = verdicts.filter(
    ({ stage, attempt, outcome }) =>
      stage === task.stage && attempt === task.attempt && outcome === 'pending',
  );
  return Object.fromEntries(mine.map(({ step, evidence }) => [step, evidence]));
}
