import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event, StepResult } from '../../src/pipeline/events.ts';
import { gateStep, remainingSteps } from '../../src/pipeline/plan.ts';
import type { Policy } from '../../src/pipeline/policy.ts';
import type { Decision } from '../../src/pipeline/ports.ts';
import { isTerminal, STAGE_RULES } from '../../src/pipeline/stages.ts';
import { statusOf } from '../../src/pipeline/status.ts';
import type { TaskState } from '../../src/pipeline/task.ts';
import { transition } from '../../src/pipeline/transition.ts';
import { ownerOf } from '../../src/pipeline/waiting.ts';
import { newTask, owner, policyOf } from '../support/machine.ts';

import { aroundOf, eventOf, rollOf } from './model.ts';

/*
 * A model of everything that can happen to one task: every command, every fact, honest and stale, in any order and
 * with any outcome. The machine must keep its promises whatever comes.
 */

const RUNS = Number(process.env.PROPERTY_RUNS || 10_000);
const STEPS = 40;

/** Places a good model visits. */
const REACHED = [
  ...['analysis', 'architecture', 'development', 'review', 'testing', 'deploy-staging', 'deploy', 'done'],
  ...['cancelled', 'approval', 'answers', 'confirm', 'blocked', 'hold', 'ci', 'lease', 'limit', 'budget'],
  ...['backoff', 'runtime', 'deploying', 'stopping', 'frozen', 'paused', 'serial', 'dependency', 'window'],
];

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
};

/** Plain and cheap: the hot loop asks a few million times. */
function must(holds: boolean, what: string, ...facts: unknown[]): void {
  if (!holds) throw new Error(`${what}: ${facts.map((fact) => JSON.stringify(fact)).join(' ')}`);
}

/** What a second, simpler book-keeper knows: which gates are green for the commit about to be deployed. */
interface Shadow {
  attempt: number;
  green: Set<string>;
  tested: string | null;
}

function note(shadow: Shadow, before: TaskState, event: Event): void {
  if (before.stage === 'deploy-staging' && before.attempt !== shadow.attempt) {
    shadow.attempt = before.attempt;
    shadow.green = new Set();
    shadow.tested = null;
  }
  const results: Pick<StepResult, 'step' | 'outcome' | 'evidence'>[] = [];
  if (event.kind === 'fact' && event.name === 'stage-settled') results.push(...event.data.steps);
  if (event.kind === 'fact' && event.name === 'gate-result') {
    const { gate, result } = event.data;
    results.push({ step: gateStep(gate), outcome: result.outcome, evidence: result.evidence });
  }
  for (const { step, outcome, evidence } of results) {
    if (outcome === 'passed') shadow.green.add(step);
    if (step === 'gate.branch_mergeable' && evidence.testedSha) shadow.tested = String(evidence.testedSha);
  }
  if (event.kind === 'command' && event.name === 'override') {
    const gate = event.args?.gate;
    if (gate) shadow.green.add(gateStep(gate));
  }
}

function checkMerge(task: TaskState, shadow: Shadow): void {
  const missing = STAGE_RULES['deploy-staging'].gates.filter((gate) => !shadow.green.has(gateStep(gate)));
  must(missing.length === 0, 'a deploy without its gates', missing);
  must(
    shadow.tested !== null && task.confirmation?.sha === shadow.tested,
    'a deploy of an untested commit',
    shadow.tested,
    task.confirmation,
  );
}

function checkAccepted(before: TaskState, decision: Extract<Decision, { ok: true }>, policy: Policy): void {
  const { task, effects } = decision;
  must(
    task.version === before.version + 1 && task.fence >= before.fence,
    'version and fence',
    before.version,
    task.version,
  );
  const limit = policy.limits.maxDeveloperRetries + task.bouncesGranted;
  must(task.bounces.length <= limit, 'rework budget', task.bounces.length, limit);
  must(task.bouncesGranted <= before.bouncesGranted + 1, 'one bounce is granted at a time');
  let runs = 0;
  for (const effect of effects) {
    if (effect.kind !== 'run-stage') continue;
    runs += 1;
    must(
      effect.fence === task.fence && effect.fence > before.fence,
      'a publication under a new fence',
      effect,
    );
    must(
      effect.stage === task.stage && effect.attempt === task.attempt,
      'a publication of the present attempt',
      effect,
    );
    must(
      task.activity.kind === 'working' || task.activity.kind === 'deploying',
      'a publication that is waited for',
      task.activity,
    );
  }
  must(runs <= 1, 'two publications at once');
  if (task.stage === 'done' && before.stage !== 'done') {
    must(before.stage === 'deploy' && before.confirmation !== null, 'done only from a confirmed deploy');
    must(remainingSteps(task, policy.project).length === 0, 'done with steps left');
  }
  if (task.stage === 'cancelled')
    must(before.activity.kind === 'stopping', 'cancelled only by the end of a stop');
}

function checkState(task: TaskState, before: TaskState, at: number): void {
  statusOf(task);
  const { activity } = task;
  if (isTerminal(task.stage)) return must(activity.kind === 'ended', 'a terminal task has ended');
  must(ownerOf(activity) !== null, 'every live state has an owner', activity);
  if (activity.kind === 'ended') throw new Error('a live task has ended');
  const old = before.activity.kind === 'ended' ? 0 : before.activity.deadline;
  const ahead = activity.deadline >= at || activity.deadline === old;
  must(Number.isFinite(activity.deadline) && ahead, 'every live state has a deadline ahead', activity, at);
}

/** One whole life: every event by its roll, in a world that changes. */
function live(
  policy: Policy,
  rolls: readonly number[],
  { pure, seen }: { pure: boolean; seen: Set<string> },
): void {
  let at = 1_000;
  const start: Event = {
    kind: 'command',
    name: 'start',
    key: 'start',
    at,
    actor: owner,
    target: { task: 1 },
  };
  const first = transition(newTask(at), start, policy);
  if (!first.ok) throw new Error(first.message);
  let { task } = first;
  const shadow: Shadow = { attempt: 0, green: new Set(), tested: null };
  for (const [n, packed] of rolls.entries()) {
    const roll = rollOf(packed);
    at += roll.minutes * 1_000;
    policy.around = aroundOf(policy.around, packed, at);
    const event = eventOf(task, policy, { roll, at, n });
    at = event.at;
    if (pure) deepFreeze(task);
    const decision = transition(task, event, policy);
    if (pure) expect(transition(task, event, policy)).toEqual(decision);
    if (!decision.ok) {
      must(decision.message !== '', 'every refusal says why', decision.reason);
      continue;
    }
    // The watch of a task that is done has no attempt of its own.
    const { stage, attempt } = event.target;
    must(
      event.name === 'watch-result' ||
        ((stage ?? task.stage) === task.stage && (attempt ?? task.attempt) === task.attempt),
      'nothing stale is accepted',
      event,
    );
    if (isTerminal(task.stage)) must(decision.task.stage === task.stage, 'terminal stages are sinks');
    checkAccepted(task, decision, policy);
    note(shadow, task, event);
    const before = task;
    task = decision.task;
    if (decision.effects.some((effect) => effect.kind === 'run-stage' && effect.steps.includes('merge')))
      checkMerge(task, shadow);
    seen.add(task.stage).add(task.activity.kind);
    checkState(task, before, at);
  }
}

const projects = fc.record({
  staging: fc.constantFrom('none' as const, undefined),
  deploy: fc.constantFrom('none' as const, 'hook' as const, 'agent' as const),
  requirePrReview: fc.boolean(),
  confirmDeploy: fc.boolean(),
});
const lives = fc.array(fc.noBias(fc.integer({ min: 0, max: 2 ** 31 - 1 })), {
  minLength: STEPS,
  maxLength: STEPS,
});

describe('the machine, whatever comes (PIPE-2, PIPE-38, PIPE-44, PIPE-54, REC-131)', () => {
  it(`inc-11 keeps its promises over ${RUNS} random histories`, () => {
    const seen = new Set<string>();
    const seed = Number(process.env.PROPERTY_SEED || Date.now() % 2 ** 31);
    process.stdout.write(`property seed ${seed}, ${RUNS} histories\n`);
    let lived = 0;
    fc.assert(
      fc.property(projects, lives, ({ staging, ...rest }, rolls) => {
        const policy = policyOf({ project: staging === undefined ? rest : { ...rest, staging } });
        lived += 1;
        live(policy, rolls, { pure: lived % 50 === 0, seen });
      }),
      { numRuns: RUNS, seed },
    );
    // A model that never gets anywhere proves nothing.
    expect(REACHED.filter((place) => !seen.has(place))).toEqual([]);
  }, 120_000);
});
