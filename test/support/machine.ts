import type { Actor } from '../../src/pipeline/events.ts';
import type { Limits, Policy, Surroundings } from '../../src/pipeline/policy.ts';
import type { Project } from '../../src/pipeline/project.ts';
import { createTask, type TaskState } from '../../src/pipeline/task.ts';

/** A project with everything switched on, for tests of the machine. */
export const projectOf = (change: Partial<Project> = {}): Project => ({
  repo: 'shop',
  prefix: 'SHOP',
  name: 'Shop',
  tracker: 'local',
  stateNames: {},
  forge: 'local',
  baseBranch: 'main',
  agentModels: {},
  modelsByComplexity: {},
  coverageGate: false,
  track: 'full',
  knowledgeFile: 'AGENTS.md',
  agentEfforts: {},
  budgets: {},
  approvers: [],
  protectedPaths: [],
  checks: { command: 'npm test' },
  ci: 'engine',
  requirePrReview: false,
  staging: {
    mode: 'agent',
    baseUrl: 'http://localhost:8501',
    health: { url: 'http://localhost:8501/health', okField: 'status', okValue: 'ok', shaField: 'commit' },
  },
  deploy: 'hook',
  service: 'shop',
  health: { url: 'http://localhost:8500/health', okField: 'status', okValue: 'ok', shaField: 'commit' },
  confirmDeploy: true,
  deployHook: { script: './ops/deploy.sh', via: 'auto', env: {} },
  postDeploy: { action: 'ROLLBACK', probes: [] },
  image: 'none',
  secretsScan: 'auto',
  dependencyAudit: 'auto',
  selfHosting: false,
  ...change,
});

const HOUR = 3_600_000;

export const limitsOf = (change: Partial<Limits> = {}): Limits => ({
  maxDeveloperRetries: 3,
  maxAnalysisReturns: 2,
  verdictReruns: 1,
  noProgressEscalate: true,
  noProgressMax: 3,
  restartLoopMax: 3,
  jobMaxAttempts: 2,
  transientMaxAttempts: 8,
  transientBackoffBaseMs: 10_000,
  transientBackoffMaxMs: 600_000,
  confirmDeploy: true,
  confirmTtlMs: 72 * HOUR,
  remindAfterMs: 24 * HOUR,
  remindMax: 3,
  ciMaxWaitMs: HOUR,
  ciMissingMs: 600_000,
  leaseWarnMs: HOUR / 2,
  reconcileMs: 120_000,
  workMs: HOUR,
  deployMs: HOUR,
  stopMs: 120_000,
  limitAutoResume: true,
  pingDone: false,
  raiseUsd: 5,
  watchEnabled: true,
  degradedFreezes: true,
  ...change,
});

export const calm: Surroundings = {
  freezes: [],
  paused: null,
  serialBehind: null,
  dependsOn: [],
  runsToday: { count: 0, max: 40 },
  windowOpensAt: null,
};

export const policyOf = (
  change: { project?: Partial<Project>; limits?: Partial<Limits>; around?: Partial<Surroundings> } = {},
): Policy => ({
  project: projectOf(change.project),
  limits: limitsOf(change.limits),
  around: { ...calm, ...change.around },
});

export const owner: Actor = { surface: 'chat', id: '1', name: 'Ada', role: 'owner' };

export const newTask = (at = 1_000): TaskState =>
  createTask({
    id: 1,
    uuid: '00000000-0000-4000-8000-000000000001',
    repo: 'shop',
    wid: 'SHOP-001',
    title: 'Show delivery date in cart',
    description: 'People want to see when the goods arrive.',
    branch: 'feature/SHOP-001-show-delivery-date-in-cart',
    issueId: 'issue-1',
    createdBy: owner,
    originChat: null,
    at,
  });
