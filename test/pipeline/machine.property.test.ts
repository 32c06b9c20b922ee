import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AGENT_CLASSES } from '../../src/pipeline/agent-result.ts';
import { type Event, type FactEvent, type StepResult, TASK_COMMANDS } from '../../src/pipeline/events.ts';
import { gateOfStep, remainingSteps } from '../../src/pipeline/plan.ts';
import type { Policy } from '../../src/pipeline/policy.ts';
import type { Decision } from '../../src/pipeline/ports.ts';
import { GATES, isTerminal } from '../../src/pipeline/stages.ts';
import { statusOf } from '../../src/pipeline/status.ts';
import type { TaskState } from '../../src/pipeline/task.ts';
import { transition } from '../../src/pipeline/transition.ts';
import { OUTCOMES } from '../../src/pipeline/verdict.ts';
import { ownerOf } from '../../src/pipeline/waiting.ts';
import { newTask, owner, policyOf } from '../support/machine.ts';

/*
 * A model of everything that can happen to one task: every command, every fact, honest and stale, in any order and
 * with any outcome. The machine must keep its promises whatever comes.
 */

const RUNS = Number(process.env.PROPERTY_RUNS ?? 10_000);
const STEPS = 40;

const sha = (n: number): string => n.toString(16).padStart(40, '0');

/** One roll of the dice; turned into an event for the state it meets. */
const Roll = fc.record({
  kind: fc.constantFrom('settle', 'settle', 'settle', 'agent', 'gate', 'command', 'fact', 'timer'),
  good: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
  pick: fc.nat(1_000_000),
  stale: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  minutes: fc.integer({ min: 0, max: 2_000 }),
});
type Roll = typeof Roll extends fc.Arbitrary<infer T> ? T : never;

const pickOf = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;

function resultOf(step: string, roll: Roll): StepResult {
  const refused = [...OUTCOMES.filter((outcome) => outcome !== 'passed'), 'hold', 'faulted'] as const;
  const outcome = roll.good ? 'passed' : pickOf(refused, roll.pick);
  const fingerprint = roll.pick % 3 === 0 ? { fingerprint: `f${roll.pick % 2}` } : {};
  const tested =
    step === 'gate.branch_mergeable'
      ? { testedSha: sha(roll.pick), testedTree: sha(roll.pick + 1), baseSha: sha(7) }
      : {};
  const landed = step === 'merge' ? { landedSha: sha(roll.pick + 2), landedMatches: true } : {};
  const prepared = step === 'prepare' ? { prepared: true, headSha: sha(1), startSha: sha(1) } : {};
  return {
    step,
    outcome,
    reason: `said ${outcome}`,
    evidence: { ...fingerprint, ...tested, ...landed, ...prepared },
  };
}

function settleEvent(task: TaskState, policy: Policy, roll: Roll): Partial<FactEvent> {
  if (task.activity.kind === 'stopping') {
    const outcome = roll.good ? 'passed' : 'faulted';
    return {
      name: 'stage-settled',
      data: { steps: [{ step: 'stop', outcome, reason: '', evidence: { archiveRef: 'refs/archive/x' } }] },
    };
  }
  const steps: StepResult[] = [];
  for (const step of remainingSteps(task, policy.project)) {
    const result = resultOf(step, { ...roll, good: roll.good || roll.pick % 7 !== steps.length });
    steps.push(result);
    if (result.outcome !== 'passed') break;
  }
  return { name: 'stage-settled', data: { steps } };
}

function agentEvent(task: TaskState, roll: Roll): Partial<FactEvent> {
  const agentClass = roll.good ? 'finished' : pickOf(AGENT_CLASSES, roll.pick);
  const base = {
    run: task.run,
    class: agentClass,
    reason: agentClass,
    startSha: task.headSha,
    headSha: sha(roll.pick),
    codeChanged: roll.pick % 5 !== 0,
  };
  const rest = {
    usage: null,
    sessionId: null,
    exitCode: 0,
    logTail: '',
    restored: [],
    archiveRef: null,
    resumeAt: null,
  };
  return { name: 'agent-result', data: { ...base, ...rest } };
}

function otherFact(roll: Roll): Partial<FactEvent> {
  const facts: Partial<FactEvent>[] = [
    { name: 'step-faulted', data: { step: 'agent', reason: 'disk', attempts: 2 } },
    { name: 'run-lost', data: { reason: 'worker lost' } },
    { name: 'ci-changed', data: { sha: sha(roll.pick) } },
    { name: 'pr-changed', data: { number: 1, merged: roll.good, closed: true } },
    { name: 'push', data: { branch: 'main', sha: sha(roll.pick), main: roll.good, foreign: !roll.good } },
    { name: 'tracker-changed', data: { deleted: roll.good } },
    { name: 'lease-changed', data: {} },
    { name: 'repo-changed', data: {} },
    {
      name: 'deps-changed',
      data: roll.pick % 4 === 0 ? { cycle: ['A', 'B', 'A'] } : { ended: 'SHOP-000', cancelled: roll.good },
    },
    { name: 'runtime-changed', data: { ready: roll.good } },
    { name: 'deploy-result', data: { step: 'merge', result: resultOf('merge', roll) } },
    { name: 'wake', data: {} },
    {
      name: 'watch-result',
      data: {
        state: roll.good ? 'HEALTHY' : 'DEGRADED',
        ticks: 1,
        of: 3,
        failed: 0,
        observed: true,
        reason: '',
        rolledBack: null,
      },
    },
  ];
  return pickOf(facts, roll.pick);
}

function commandEvent(task: TaskState, roll: Roll): Partial<Event> {
  const name = pickOf(TASK_COMMANDS, roll.pick);
  const args = {
    gate: pickOf(GATES, roll.pick >> 3),
    cap: 'task',
    usd: 5,
    at: task.updatedAt + 60_000,
    auto: roll.good ? 'approve' : 'deploy',
    on: roll.good,
  } as const;
  return { kind: 'command', name, actor: owner, text: roll.good ? 'because' : '', args };
}

function eventOf(
  task: TaskState,
  policy: Policy,
  { roll, at, n }: { roll: Roll; at: number; n: number },
): Event {
  const target = roll.stale
    ? { task: task.id, attempt: task.attempt + 1, fence: task.fence - 1 }
    : { task: task.id, stage: task.stage, attempt: task.attempt };
  const key = `event-${n}`;
  if (roll.kind === 'command') return { key, at, target, ...commandEvent(task, roll) } as Event;
  if (roll.kind === 'settle' && !roll.stale && task.activity.kind === 'approval') {
    return { key, at, target, kind: 'command', name: 'approve', actor: owner };
  }
  if (roll.kind === 'settle' && !roll.stale && task.activity.kind === 'confirm') {
    return { key, at, target, kind: 'command', name: 'confirm-deploy', actor: owner };
  }
  const late = task.activity.kind === 'ended' ? at : Math.max(at, task.activity.deadline);
  const made = {
    settle: () => settleEvent(task, policy, roll),
    agent: () => agentEvent(task, roll),
    gate: () => {
      const step = remainingSteps(task, policy.project).find((name) => gateOfStep(name)) ?? 'gate.ci_green';
      const { outcome, reason, evidence } = resultOf(step, roll);
      const gate = gateOfStep(step) ?? 'check_ci_green';
      const usable =
        outcome === 'hold' || outcome === 'faulted' || outcome === 'not-run' ? 'failed' : outcome;
      return {
        name: 'gate-result',
        data: {
          gate,
          result: { outcome: usable, reason, evidence },
          ...(roll.good ? {} : { retryAt: at + 10_000 }),
        },
      };
    },
    fact: () => otherFact(roll),
    timer: () => ({ name: 'timer', data: {} }),
  }[roll.kind]() as Partial<FactEvent>;
  return { kind: 'fact', key, at: roll.kind === 'timer' ? late : at, target, ...made } as Event;
}

/** Places a good model visits. `serial`, `frozen` and the like need surroundings of their own. */
const REACHED = [
  'analysis',
  'architecture',
  'development',
  'review',
  'testing',
  'deploy-staging',
  'deploy',
  'done',
  'cancelled',
  'approval',
  'answers',
  'confirm',
  'blocked',
  'hold',
  'ci',
  'limit',
  'budget',
  'backoff',
  'runtime',
  'deploying',
  'stopping',
];

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
};

function checkAccepted(before: TaskState, decision: Extract<Decision, { ok: true }>, policy: Policy): void {
  const { task, effects } = decision;
  expect(task.version).toBe(before.version + 1);
  expect(task.fence).toBeGreaterThanOrEqual(before.fence);
  const used = task.bounces.length;
  expect(used).toBeLessThanOrEqual(policy.limits.maxDeveloperRetries + task.bouncesGranted);
  const runs = effects.filter((effect) => effect.kind === 'run-stage');
  expect(runs.length).toBeLessThanOrEqual(1);
  for (const run of runs) {
    expect(run.fence).toBe(task.fence);
    expect(run.fence).toBeGreaterThan(before.fence);
    expect(run.stage).toBe(task.stage);
    if (run.steps.includes('merge')) {
      expect(task.confirmation?.sha).toBe(task.testedSha ?? task.headSha ?? '');
    }
  }
  if (task.stage === 'done' && before.stage !== 'done') {
    expect(before.stage).toBe('deploy');
    expect(before.confirmation).not.toBeNull();
    expect(remainingSteps(task, policy.project)).toEqual([]);
  }
  if (task.stage === 'cancelled' && before.stage !== 'cancelled')
    expect(before.activity.kind).toBe('stopping');
}

function checkState(task: TaskState): void {
  if (isTerminal(task.stage)) {
    expect(task.activity.kind).toBe('ended');
    return;
  }
  expect(ownerOf(task.activity)).not.toBeNull();
  expect(task.activity.kind).not.toBe('ended');
  if (task.activity.kind !== 'ended') expect(Number.isFinite(task.activity.deadline)).toBe(true);
  expect(() => statusOf(task)).not.toThrow();
}

const projects = fc.record({
  staging: fc.constantFrom('none' as const, undefined),
  deploy: fc.constantFrom('none' as const, 'hook' as const, 'agent' as const),
  requirePrReview: fc.boolean(),
  confirmDeploy: fc.boolean(),
});

describe('the machine, whatever comes (PIPE-2, PIPE-38, PIPE-44, PIPE-54, REC-131)', () => {
  it(`keeps its promises over ${RUNS} random histories`, () => {
    const seen = new Set<string>();
    const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);
    console.info(`property seed ${seed}`);
    fc.assert(
      fc.property(projects, fc.array(Roll, { minLength: STEPS, maxLength: STEPS }), (choice, rolls) => {
        const { staging, ...rest } = choice;
        const policy = policyOf({ project: staging === undefined ? rest : { ...rest, staging } });
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
        let task = first.task;
        for (const [n, roll] of rolls.entries()) {
          at += roll.minutes * 1_000;
          const event = eventOf(task, policy, { roll, at, n });
          at = event.at;
          const frozen = deepFreeze(task);
          const decision = transition(frozen, event, policy);
          expect(transition(frozen, event, policy)).toEqual(decision);
          if (!decision.ok) {
            expect(decision.message).not.toBe('');
            continue;
          }
          if (isTerminal(task.stage)) expect(decision.task.stage).toBe(task.stage);
          checkAccepted(task, decision, policy);
          task = decision.task;
          seen.add(task.stage).add(task.activity.kind);
          checkState(task);
        }
      }),
      { numRuns: RUNS, seed, interruptAfterTimeLimit: 240_000 },
    );
    // A model that never gets anywhere proves nothing.
    expect([...REACHED].filter((place) => !seen.has(place))).toEqual([]);
  }, 300_000);
});
