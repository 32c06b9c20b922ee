import { AGENT_CLASSES } from '../../src/pipeline/agent-result.ts';
import { type Event, type FactEvent, type StepResult, TASK_COMMANDS } from '../../src/pipeline/events.ts';
import { gateOfStep, remainingSteps } from '../../src/pipeline/plan.ts';
import type { Policy, Surroundings } from '../../src/pipeline/policy.ts';
import { GATES } from '../../src/pipeline/stages.ts';
import type { TaskState } from '../../src/pipeline/task.ts';
import { OUTCOMES } from '../../src/pipeline/verdict.ts';
import { calm, owner } from '../support/machine.ts';

const sha = (n: number): string => n.toString(16).padStart(40, '0');

/** One roll of the dice; turned into an event for the state it meets. */
interface Roll {
  kind: 'settle' | 'agent' | 'gate' | 'command' | 'fact' | 'timer';
  good: boolean;
  pick: number;
  stale: boolean;
  minutes: number;
}
const KINDS = ['settle', 'settle', 'settle', 'agent', 'gate', 'command', 'fact', 'timer'] as const;

/** A roll packed into one number, so that ten thousand histories stay cheap to make and to shrink. */
export function rollOf(packed: number): Roll {
  const pick = (Math.imul(packed ^ 0x5bd1e995, 0x9e3779b1) >>> 9) % 1_000_000;
  return {
    kind: pickOf(KINDS, packed & 7),
    good: ((packed >>> 3) & 3) > 0,
    stale: (packed >>> 5) % 10 === 0,
    minutes: (packed >>> 8) % 2_000,
    pick,
  };
}

export const pickOf = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;

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
    { name: 'repo-changed', data: roll.pick % 5 === 0 ? { project: 'its prefix has changed' } : {} },
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

export function eventOf(
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

/** The world around the task, which changes by itself: freezes, pauses, earlier tasks, windows, the day's runs. */
export function aroundOf(now: Surroundings, packed: number, at: number): Surroundings {
  const roll = packed >>> 6;
  const freeze = {
    scope: pickOf(['intake', 'delivery', 'all'] as const, roll),
    cause: 'x',
    reason: 'y',
    by: 'z',
    since: at,
  };
  const own = { ...freeze, cause: 'deploy-failed SHOP-001' };
  const changes: Partial<Surroundings>[] = [
    { freezes: [freeze] },
    { freezes: [own] },
    { paused: { by: 'Ada', since: at } },
    { serialBehind: 'SHOP-000' },
    { dependsOn: [{ wid: 'SHOP-000', stage: 'review' }] },
    { windowOpensAt: at + 60_000 },
    { runsToday: { count: 40, max: 40 } },
    { freezesUnreadable: true },
  ];
  // Mostly the world is calm: trouble comes at times and goes at the next change.
  if (packed % 9 === 0) return { ...now, ...pickOf(changes, roll) };
  return packed % 3 === 0 ? calm : now;
}
