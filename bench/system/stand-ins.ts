import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../../src/app.ts';
import { reportOf } from '../../src/processors/run-report.ts';
import { passed, type StepCall, type StepResultOf, step } from '../../src/processors/step.ts';
import type { Processors } from '../../src/queues/catalog.ts';

const SHA = 'a'.repeat(40);
/** Head of a task's branch: every task has another. */
export const headOf = (task: number): string => String(task).padStart(40, 'f');
const TREE = 'b'.repeat(40);

/** What each step establishes, so that the machine goes on as after real work. */
const FACTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  prepare: { prepared: true, startSha: SHA, headSha: SHA, baseSha: SHA },
  'ensure-pr': { prNumber: 1 },
  'gate.branch_mergeable': { baseSha: SHA, testedSha: SHA, testedTree: TREE },
  merge: { landedSha: SHA, landedTree: TREE, landedMatches: true },
  'finalize-deploy': { servedSha: SHA },
};

const USAGE = { in: 0, out: 0, cacheRead: 0, cacheWrite: 0 };

/** A run as one that wrote nothing and cost nothing reports itself. */
const agentEnded = ({ input }: StepCall): StepResultOf => {
  const run = {
    class: 'finished',
    outcome: 'finished',
    reason: 'instant',
    usage: null,
    sessionId: null,
    exitCode: 0,
    logTail: '',
    turns: 1,
    contextPct: null,
    sessionTotals: null,
    tokens: USAGE,
  } as unknown as Parameters<typeof reportOf>[0];
  const place = { host: 'bench', home: '/' };
  const report = reportOf(run, { place, headSha: headOf(input.taskId), startSha: input.startSha ?? SHA });
  return { outcome: 'passed', reason: 'instant', evidence: { ...report } };
};

const instant = step(async (call) =>
  call.payload.step === 'agent' ? agentEnded(call) : passed('instant', { ...FACTS[call.payload.step] }),
);

/** What a worker host does, each run and each check taking that long. */
export function stepsTaking(ms: number): Pick<Processors, 'run-agent' | 'run-check'> {
  const slow = step(async (call) => {
    await delay(ms);
    return call.payload.step === 'agent'
      ? agentEnded(call)
      : passed('slept', { ...FACTS[call.payload.step] });
  });
  return { 'run-agent': slow, 'run-check': slow };
}

const nothing = async (): Promise<null> => null;

/**
 * No-op agents and instant gates: the steps that would reach git, the forge, hooks and models pass at once, in the
 * frame every step has. Everything else of the system is the product's.
 */
export const instantSteps = (app: () => App): Partial<Processors> => ({
  'run-agent': instant,
  prepare: instant,
  'run-gate': instant,
  'run-check': instant,
  'ensure-pr': instant,
  staging: instant,
  merge: instant,
  deploy: instant,
  'finalize-deploy': async (payload, context) => {
    const { deploys } = app().parts.house;
    const deploy = deploys.of(payload.task, payload.attempt);
    // The deploy record is this step's own, so nobody else closes it.
    if (deploy) deploys.update(deploy.id, { state: 'SUCCESS', endedAt: Date.now() });
    return instant(payload, context);
  },
  'finish-work': nothing,
});
