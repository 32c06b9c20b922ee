import { type Handler, notNow, now, say } from './command-words.ts';
import { type Move, patch, refuse } from './move.ts';
import { gateOfStep, remainingSteps } from './plan.ts';
import { closeStage } from './settle.ts';
import { GATE_RULES, type GateName, STAGE_RULES, type WorkStage } from './stages.ts';
import { isWaiting } from './waiting.ts';

/** An owner lets the gate that refused count as passed for this attempt and commit (PIPE-29). */
export const override: Handler = (move, event) => {
  const { activity, failedStage } = move.task;
  if (event.actor.role !== 'owner') return refuse('not_allowed', 'Only an owner overrides a gate.');
  if (!isWaiting(activity) || activity.kind !== 'blocked') return notNow(move);
  const refused = activity.facts.gate as GateName | undefined;
  const gate = event.args?.gate ?? refused;
  if (gate === undefined) return notNow(move);
  if (!event.text?.trim()) return refuse('not_waiting', 'An override needs a reason.');
  if (!GATE_RULES[gate].overridable)
    return refuse('not_allowed', `${gate} is a safety gate and cannot be overridden.`);
  if (gate !== refused) return refuse('not_waiting', `${gate} is not the gate that refused: ${now(move)}.`);
  const stage = failedStage ?? ((activity.facts.failed ?? move.task.stage) as WorkStage);
  if (!STAGE_RULES[stage].gates.includes(gate))
    return refuse('not_waiting', `${gate} is not a gate of ${stage}.`);
  say(move, event, 'override');
  patch(move, {
    stage,
    attempt: move.task.attempts[stage] ?? move.task.attempt,
    failedStage: null,
    anchor: null,
  });
  patch(move, { passed: passedThrough(move, gate) });
  closeStage(move);
  return undefined;
};

/** Everything up to and including the overridden gate counts as passed for this attempt. */
function passedThrough(move: Move, gate: GateName): string[] {
  const steps = [...move.task.passed, ...remainingSteps(move.task, move.policy.project)];
  return steps.slice(0, steps.findIndex((step) => gateOfStep(step) === gate) + 1);
}
