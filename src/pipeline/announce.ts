import { enterStage, relaunch } from './launch.ts';
import { comment, type Move, patch } from './move.ts';
import { humanGate, stepsOf } from './plan.ts';
import { STAGE_RULES, type WorkStage } from './stages.ts';

/** Engine steps that are the deployer's work where no agent does it (PLANE-50). */
const ENGINE_WORK: readonly string[] = ['staging', 'deploy'];

const byAgent = ({ task, policy }: Move): boolean => stepsOf(task, policy.project).includes('agent');

/**
 * The status comment of an attempt whose run ended well (PLANE-50); its key makes a repeat harmless. Where a person
 * closes the stage, what the gate found decides which comment the run gets.
 */
export function announceRun(move: Move): void {
  const stage = move.task.stage as WorkStage;
  const ran = byAgent(move) && move.task.passed.includes('agent');
  if (ran && !humanGate(stage)) comment(move, 'finished', STAGE_RULES[stage].role);
}

/** The same for work of the engine itself, once all its proof is there. */
export function announceEngineWork(move: Move): void {
  const { stage, passed } = move.task;
  if (!byAgent(move) && ENGINE_WORK.some((step) => passed.includes(step)))
    comment(move, 'finished', STAGE_RULES[stage as WorkStage].role);
}

/** Goes on to the stage behind the present one and says so, before what the new stage says itself. */
export function advance(move: Move, next: WorkStage): void {
  const { stage: old } = move.task;
  const before = move.effects.length;
  enterStage(move, next);
  const said = move.effects.splice(before);
  const launches = said.some((effect) => effect.kind === 'run-stage' && effect.steps.includes('agent'));
  comment(move, 'stage', 'stream', { old, new: next, role: launches ? STAGE_RULES[next].role : null });
  move.effects.push(...said);
}

/** The confirmation no longer holds: the gates run again, then it is asked anew (SHIP-84). */
export function voidConfirmation(move: Move, reason: string): void {
  patch(move, { reask: reason, confirmation: null });
  comment(move, 'confirm-void', 'deployer', { reason });
  relaunch(move);
}
