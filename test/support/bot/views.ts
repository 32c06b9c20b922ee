import type { Usage } from '../../../src/pipeline/agent-result.ts';
import type { WorkStage } from '../../../src/pipeline/stages.ts';
import type { TaskState } from '../../../src/pipeline/task.ts';
import type { RunRecord, RunView } from '../../../src/pipeline/view.ts';
import type { Waiting, WaitingKind } from '../../../src/pipeline/waiting.ts';
import { newTask } from '../machine.ts';

export const NOON = Date.UTC(2026, 4, 4, 12, 0, 0);
const MINUTE = 60_000;

export const usageOf = (change: Partial<Usage> = {}): Usage => ({
  inputTokens: 200_000,
  outputTokens: 18_400,
  cacheReadTokens: 900_000,
  cacheCreationTokens: 100_000,
  costUsd: 1.94,
  estimated: false,
  turns: 40,
  durationMs: 9 * MINUTE,
  model: 'claude-opus-5-5',
  ...change,
});

export const runOf = (stage: WorkStage, change: Partial<RunRecord> = {}): RunRecord => ({
  id: `run-${stage}`,
  stage,
  attempt: 1,
  run: 1,
  status: 'ended',
  class: 'finished',
  startedAt: NOON - 30 * MINUTE,
  endedAt: NOON - 21 * MINUTE,
  usage: usageOf(),
  progress: null,
  host: 'w1',
  logPath: null,
  ...change,
});

export type ViewChange = Partial<Omit<RunView, 'task' | 'project'>> & {
  task?: Partial<TaskState>;
  project?: Partial<RunView['project']>;
};

/** A view with sensible values; `task.activity` and `now` are kept equal unless both are given. */
export function viewOf(change: ViewChange = {}): RunView {
  const base = newTask(NOON - 95 * MINUTE);
  const task: TaskState = {
    ...base,
    stage: 'development',
    attempts: { analysis: 1, architecture: 1, development: 1 },
    headSha: '3f9a2c1d5e6f708192a3b4c5d6e7f8091a2b3c4d',
    activity: { kind: 'working', step: 'agent', since: NOON - 4 * MINUTE, deadline: NOON + 30 * MINUTE },
    ...change.task,
  };
  return {
    now: task.activity,
    runs: [runOf('analysis'), runOf('architecture')],
    verdicts: [],
    maxBounces: 3,
    money: { spentUsd: 3.88, estimated: false, taskCapUsd: 50 },
    estimate: null,
    notes: [],
    previousServedSha: null,
    watch: task.watch,
    links: { brd: null, pr: null, diff: null, issue: null },
    at: NOON,
    ...change,
    task,
    project: {
      name: 'Shop',
      repo: 'shop',
      service: 'shop',
      baseBranch: 'main',
      tracker: 'local',
      deploy: 'hook',
      staging: 'agent',
      ...change.project,
    },
  };
}

/** Facts that fill the sentence of each kind, as the machine writes them. */
const FACTS: Partial<Record<WaitingKind, Partial<Waiting>>> = {
  answers: { facts: { n: 2 } },
  confirm: {
    facts: { sha: '3f9a2c1d', time: NOON + 60 * MINUTE, service: 'shop' },
    expiresAt: NOON + 60 * MINUTE,
  },
  blocked: { cause: 'agent-failed', reason: 'crash', facts: { role: 'developer', class: 'crash' } },
  hold: { cause: 'merge-not-proven', reason: 'the forge says no', facts: { service: 'shop' } },
  ci: { reason: 'pending', facts: { sha: '3f9a2c1d', time: NOON + MINUTE } },
  lease: { facts: { holder: 'SHOP-000' } },
  dependency: { facts: { dep: 'SHOP-000', stage: 'testing', more: 1 } },
  serial: { facts: { repo: 'shop', wid0: 'SHOP-000' } },
  frozen: { facts: { repo: 'shop', since: NOON - 60 * MINUTE, reason: 'release week' } },
  paused: { facts: { by: 'Ada', since: NOON - 60 * MINUTE } },
  window: { facts: { time: NOON + 60 * MINUTE } },
  limit: { facts: { time: NOON + 60 * MINUTE, auto: 1 } },
  budget: { facts: { cap: '$50.00' } },
  backoff: { facts: { reason: 'overload', k: 2, max: 8, time: NOON + MINUTE } },
  breaker: { facts: { n: 5, time: NOON + MINUTE } },
  runtime: { facts: { host: 'w1', reason: 'not logged in' } },
  deploying: { facts: { sha: '3f9a2c1d', phase: 'merge' } },
  stopping: { facts: { step: 'agent' } },
};

/** A wait of each kind with the facts its sentence needs. */
export const waitingOf = (kind: WaitingKind, change: Partial<Waiting> = {}): Waiting => ({
  kind,
  since: NOON - 7 * MINUTE,
  deadline: NOON + 60 * MINUTE,
  facts: {},
  ...FACTS[kind],
  ...change,
});

export const waitingView = (kind: WaitingKind, change: ViewChange = {}): RunView =>
  viewOf({ ...change, task: { activity: waitingOf(kind), prNumber: 12, ...change.task } });
