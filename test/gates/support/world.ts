import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { CiState, CommitStatus, ForgeRead, Review } from '../../../src/forge/port.ts';
import type { GateInput } from '../../../src/gates/gate.ts';
import type { GatePorts } from '../../../src/gates/ports.ts';
import type { GateSettings } from '../../../src/gates/settings.ts';
import { silentLogger } from '../../../src/log.ts';
import type { Project } from '../../../src/pipeline/project.ts';
import { layoutOf } from '../../../src/workspace/repository.ts';
import { createWorkspace, type ProjectWorkspace } from '../../../src/workspace/workspace.ts';

export const BRANCH = 'feature/SHOP-014-cart';
export const DIR = 'docs/work-items/SHOP-014';

/** A real origin, a person's clone, the real workspace over it, and ports whose outside world a test sets. */
export interface World {
  root: string;
  workspace: ProjectWorkspace;
  /** Commits files (null deletes) on a branch and pushes; returns the new head. */
  commit: (
    branch: string,
    files: Record<string, string | Buffer | null>,
    message?: string,
  ) => Promise<string>;
  git: (...args: string[]) => Promise<string>;
  project: Project;
  ports: GatePorts;
  /** What the outside world answers; a test changes it. */
  outside: Outside;
  input: (over?: Partial<GateInput>) => GateInput;
  signal: AbortSignal;
  remove: () => Promise<void>;
}

export interface Outside {
  ci: ForgeRead<CiState>[];
  statuses: { sha: string; status: CommitStatus }[];
  reviews: ForgeRead<Review[]> | { kind: 'unsupported' };
  leaseHolder: string | null;
  fence: number;
  released: number[];
  remembered: Record<string, unknown>[];
  staging: Awaited<ReturnType<GatePorts['staging']['check']>>;
  stagedShas: string[];
  now: number;
}

export async function createWorld(): Promise<World> {
  const root = await mkdtemp(path.join(tmpdir(), 'gates-'));
  const origin = path.join(root, 'origin.git');
  const clone = path.join(root, 'clone');
  await execa('git', ['init', '-q', '--bare', '-b', 'main', origin]);
  await execa('git', ['clone', '-q', origin, clone]);
  const git = async (...args: string[]) => (await execa('git', args, { cwd: clone, env: GIT_ENV })).stdout;
  const commit = createCommit(clone, git);
  await commit('main', { 'README.md': '# Shop\n' }, 'first');
  const project = exampleProject(origin);
  const workspace = openWorkspace(root, origin).open(project);
  const outside = quietOutside();
  const ports = createPorts(workspace, layoutOf(path.join(root, 'repos'), project.repo).mirror, {
    outside,
    root,
  });
  const world: World = {
    root,
    workspace,
    commit,
    git,
    project,
    ports,
    outside,
    signal: new AbortController().signal,
    input: (over = {}) => exampleInput(project, over),
    remove: () => rm(root, { recursive: true, force: true }),
  };
  return world;
}

const GIT_ENV = {
  GIT_AUTHOR_NAME: 'Person',
  GIT_AUTHOR_EMAIL: 'person@example.org',
  GIT_COMMITTER_NAME: 'Person',
  GIT_COMMITTER_EMAIL: 'person@example.org',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

function createCommit(clone: string, git: World['git']): World['commit'] {
  return async (branch, files, message = 'change') => {
    await git('fetch', '-q', 'origin');
    const there = await git('branch', '-r', '--list', `origin/${branch}`);
    const from = there ? `origin/${branch}` : 'origin/main';
    await git('checkout', '-q', '-B', branch, from).catch(() => git('checkout', '-q', '-B', branch));
    for (const [name, content] of Object.entries(files)) {
      const target = path.join(clone, name);
      await mkdir(path.dirname(target), { recursive: true });
      if (content === null) await rm(target);
      else await writeFile(target, content);
    }
    await git('add', '-A');
    await git('commit', '-q', '--allow-empty', '-m', message);
    await git('push', '-q', 'origin', branch);
    return git('rev-parse', 'HEAD');
  };
}

function openWorkspace(root: string, origin: string) {
  return createWorkspace({
    reposDir: path.join(root, 'repos'),
    runsDir: path.join(root, 'runs'),
    archiveDir: path.join(root, 'archive'),
    timeouts: { cloneMs: 30_000, fetchMs: 30_000, pushMs: 30_000, rebaseMs: 30_000, readMs: 30_000 },
    identity: { name: 'Orchestrator', email: 'orchestrator@example.org' },
    killGraceMs: 2_000,
    secrets: [],
    checksEnv: {},
    path: process.env.PATH ?? '',
    now: Date.now,
    log: silentLogger(),
    remoteFor: () => ({ url: origin }),
  });
}

const quietOutside = (): Outside => ({
  ci: [],
  statuses: [],
  reviews: { kind: 'ok', value: [] },
  leaseHolder: null,
  fence: 0,
  released: [],
  remembered: [],
  staging: { ok: true, detail: 'exit 0', served: { match: 'not-exposed', exposed: null } },
  stagedShas: [],
  now: 1_000_000,
});

function createPorts(
  workspace: ProjectWorkspace,
  gitDir: string,
  { outside, root }: { outside: Outside; root: string },
): GatePorts {
  const none: ForgeRead<CiState> = {
    kind: 'ok',
    value: { state: 'pending', total: 0, contexts: [], readAt: 0 },
  };
  return {
    workspace,
    gitDir,
    forge: {
      ciState: async () => outside.ci.shift() ?? none,
      setStatus: async (sha, status) => {
        outside.statuses.push({ sha, status });
        return { kind: 'ok' };
      },
      reviews: async () => outside.reviews,
    },
    lease: {
      acquire: async () => {
        if (outside.leaseHolder) return { kind: 'busy', holder: outside.leaseHolder };
        outside.fence += 1;
        return { kind: 'acquired', fence: outside.fence };
      },
      holds: async ({ fence }) => fence === outside.fence,
      release: async ({ fence }) => {
        outside.released.push(fence);
      },
    },
    remember: async (evidence) => {
      outside.remembered.push(evidence);
    },
    staging: {
      check: async () => outside.staging,
      deploy: async ({ sha }) => {
        outside.stagedShas.push(sha);
        return { ok: true, detail: 'exit 0' };
      },
    },
    images: {
      inspect: async () => ({ kind: 'absent' }),
      build: async () => ({ kind: 'unavailable', reason: 'no builder' }),
    },
    checks: (request) => workspace.runChecks(request),
    gitleaksBin: 'gitleaks',
    toolEnv: { PATH: process.env.PATH ?? '', HOME: root, LANG: 'C.UTF-8' },
    now: () => outside.now,
  };
}

export const exampleProject = (source: string): Project => ({
  repo: 'shop',
  prefix: 'SHOP',
  name: 'Shop',
  tracker: 'local',
  stateNames: {},
  forge: 'local',
  source,
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
  checks: { command: 'true' },
  ci: 'engine',
  requirePrReview: false,
  staging: {
    mode: 'agent',
    baseUrl: 'http://127.0.0.1:1',
    health: { url: 'http://127.0.0.1:1/health', okField: 'status', okValue: 'ok', shaField: 'commit' },
  },
  deploy: 'hook',
  service: 'shop',
  confirmDeploy: true,
  deployHook: { via: 'auto', env: {} },
  postDeploy: { action: 'ALERT_ONLY', probes: [] },
  image: 'none',
  secretsScan: 'secretlint',
  dependencyAudit: 'none',
  selfHosting: false,
});

export const exampleSettings = (): GateSettings => ({
  ci: {
    pollMaxAttempts: 12,
    pollIntervalMs: 10_000,
    maxWaitMs: 3_600_000,
    missingMs: 600_000,
    acceptWarning: false,
  },
  staging: { verify: true },
  security: {
    enabled: true,
    failClosed: false,
    auditLevel: 'high',
    toolTimeoutMs: 60_000,
  },
  merge: {
    enabled: true,
    rebaseAlways: true,
    retestTimeoutMs: 60_000,
    retestMinRatio: 0.2,
    findingsMaxChars: 8000,
  },
  image: { enabled: true, restage: true, buildTimeoutMs: 60_000 },
  artefactPaths: ['docs/work-items/'],
  checksTimeoutMs: 60_000,
});

export const exampleInput = (project: Project, over: Partial<GateInput>): GateInput => ({
  gate: 'check_tests_passed',
  taskId: 14,
  writtenBefore: false,
  wid: 'SHOP-014',
  title: 'Show the delivery date',
  repo: project.repo,
  project,
  stage: 'testing',
  attempt: 1,
  generation: 1,
  branch: BRANCH,
  startSha: null,
  headSha: null,
  prNumber: 9,
  baseSha: null,
  testedSha: null,
  testedTree: null,
  botUsers: ['orchestrator'],
  previous: null,
  checkHistory: { passes: [], mainTests: null, mainCoverage: null },
  settings: exampleSettings(),
  ...over,
});
