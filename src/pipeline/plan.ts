import type { Project } from './project.ts';
import { GATE_RULES, type GateName, STAGE_RULES, type StepCondition, type WorkStage } from './stages.ts';
import type { TaskState } from './task.ts';
import { trackOf } from './track.ts';

const stagingMode = (project: Project): string | undefined =>
  typeof project.staging === 'object' ? project.staging.mode : project.staging;

const CONDITIONS: Readonly<Record<StepCondition, (task: TaskState, project: Project) => boolean>> = {
  unprepared: (task) => !task.prepared,
  fullTrack: (task, project) => trackOf(task, project) === 'full',
  stagingByEngine: (task, project) =>
    stagingMode(project) === 'hook' || (stagingMode(project) === 'agent' && task.skipAgent),
  stagingByAgent: (task, project) => stagingMode(project) === 'agent' && !task.skipAgent,
  deployByHook: (_, project) => project.deploy === 'hook',
  deployByAgent: (_, project) => project.deploy === 'agent',
};

/** Job step of a gate: `gate.tests_passed` (PIPE-14). */
export const gateStep = (gate: GateName): string => `gate.${GATE_RULES[gate].step}`;

/** The gate a job step belongs to; null for `agent` and engine steps. */
export function gateOfStep(step: string): GateName | null {
  const name = `check_${step.slice('gate.'.length)}`;
  return step.startsWith('gate.') && name in GATE_RULES ? (name as GateName) : null;
}

/** What the end of a step is to the engine (REC-42). Every other step only prepares. */
const STEP_FACTS: Readonly<Record<string, 'agent-result' | 'deploy-result'>> = {
  agent: 'agent-result',
  // A second run of the attempt must not prepare again: what it finds may be somebody else's by then.
  prepare: 'deploy-result',
  merge: 'deploy-result',
  deploy: 'deploy-result',
  'finalize-deploy': 'deploy-result',
};

/** The fact a step's own end is; null for a step whose facts count with the stage. */
export const factOfStepEnd = (step: string): 'agent-result' | 'deploy-result' | 'gate-result' | null =>
  gateOfStep(step) !== null ? 'gate-result' : (STEP_FACTS[step] ?? null);

const applies = (gate: GateName, project: Project): boolean => {
  const rule = GATE_RULES[gate];
  if (rule.human) return false;
  return rule.when !== 'requirePrReview' || project.requirePrReview;
};

/**
 * The jobs of the task's present attempt, in order. In a stage with a confirmation and none given,
 * these are the gates that must hold before it is asked for again (SHIP-84).
 */
export function stepsOf(task: TaskState, project: Project): string[] {
  const rule = STAGE_RULES[task.stage as WorkStage];
  if (rule === undefined) return [];
  if (rule.entry === 'confirm' && task.confirmation === null) return (rule.reverify ?? []).map(gateStep);
  const steps = rule.steps.filter(({ when }) => when === undefined || CONDITIONS[when](task, project));
  const gates = rule.gates.filter((gate) => applies(gate, project));
  return [...steps.map(({ step }) => step), ...gates.map(gateStep)];
}

/** True where the task's track leaves the stage's own agent out: what its gates read was written before it. */
export const isWrittenBefore = (stage: WorkStage, task: TaskState, project: Project): boolean =>
  STAGE_RULES[stage].steps.some(({ when }) => when === 'fullTrack' && !CONDITIONS[when](task, project));

/** Where a reject leads (PIPE-31): the stage before, and before one in which nobody works on this track. */
export function stageBefore(stage: WorkStage, task: TaskState, project: Project): WorkStage {
  const { previous } = STAGE_RULES[stage];
  return isWrittenBefore(previous, task, project) ? stageBefore(previous, task, project) : previous;
}

/** Steps of the attempt that have not passed yet. */
export const remainingSteps = (task: TaskState, project: Project): string[] =>
  stepsOf(task, project).filter((step) => !task.passed.includes(step));

/** The human gate that closes a stage after its other gates, if it has one. */
export const humanGate = (stage: WorkStage): GateName | undefined =>
  STAGE_RULES[stage].gates.find((gate) => GATE_RULES[gate].human !== undefined);
