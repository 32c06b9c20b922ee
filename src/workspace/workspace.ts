import { createRedactor, type Logger } from '../log.ts';
import type { Project } from '../pipeline/project.ts';
import { archiveBranch, newestLeftovers } from './archive.ts';
import { type ChecksRequest, type ChecksResult, runChecks } from './checks.ts';
import { removeChecksWorktree } from './checks-worktree.ts';
import { createGit } from './git.ts';
import { handOver, type RunsAs } from './hand-over.ts';
import { type LandingFacts, type LandingRequest, landing } from './landing.ts';
import { withLockFile } from './lock-file.ts';
import { type MaintenanceReport, type MaintenanceRequest, maintain } from './maintenance.ts';
import { createMirror, type Mirror } from './mirror.ts';
import { createKeyedMutex } from './mutex.ts';
import { assertBranch, assertRepoName } from './names.ts';
import { type ProposeOutcome, type ProposeRequest, proposeFiles } from './propose.ts';
import { type PushOutcome, type PushRequest, push } from './push.ts';
import { type RebaseOutcome, type RebaseRequest, rebase } from './rebase.ts';
import { createRepository, layoutOf, lockFileOf, type Repository, worktreePath } from './repository.ts';
import { type RevertOutcome, type RevertRequest, startRevert } from './revert.ts';
import {
  type ArchivedRun,
  type ArchiveRunRequest,
  archiveRun,
  type FinishRunOutcome,
  type FinishRunRequest,
  finishRun,
} from './run-commit.ts';
import {
  type ArchiveBranchOutcome,
  type CommitFilesOutcome,
  type CommitFilesRequest,
  commitFiles,
  type StartBranchOutcome,
  type StartBranchRequest,
  startBranch,
} from './task-branch.ts';
import {
  type EnsureWorktreeRequest,
  ensureWorktree,
  type RemoveWorktreeOutcome,
  type RemoveWorktreeRequest,
  removeWorktree,
  type TaskWorktree,
} from './worktrees.ts';

/** FORGE-104, milliseconds. */
export interface GitTimeouts {
  cloneMs: number;
  fetchMs: number;
  pushMs: number;
  rebaseMs: number;
  readMs: number;
}

/** Where a project's mirror fetches and pushes (FORGE-71). Without credentials in the URL. */
export interface Remote {
  /** Absolute path of a bare repository, or an http(s) URL. */
  url: string;
  /** `Authorization: Basic …` for HTTP; reaches the one git process through its environment only. */
  extraHeader?: string;
  /** Creates the remote on first use (local forge). */
  prepare?: () => Promise<void>;
}

export interface WorkspaceOptions {
  reposDir: string;
  /** Check logs (`ORCH_RUNS_DIR`). */
  runsDir: string;
  /** Bundles of last resort (FORGE-93). */
  archiveDir: string;
  timeouts: GitTimeouts;
  identity: { name: string; email: string };
  /** Values masked in git output and check logs (FORGE-106). */
  secrets: readonly string[];
  /** Environment of check commands: the `ORCH_CHECKS_ENV_PASSTHROUGH` values (FORGE-40). */
  checksEnv: Readonly<Record<string, string>>;
  /** PATH for git itself and for check commands. */
  path: string;
  /** Owns worktrees and shared clones, and runs the checks; absent: we do (AGENT-24). */
  runsAs?: RunsAs | undefined;
  /** `ORCH_AGENT_KILL_GRACE_SECONDS`, milliseconds. */
  killGraceMs: number;
  /** Epoch ms. */
  now: () => number;
  log: Logger;
  remoteFor: (project: Project) => Remote;
}

/** Git on disk for one project. Writing operations are serialised per project, over all processes (FORGE-77). */
export interface ProjectWorkspace {
  readonly mirror: Mirror;
  /** Git directory of the mirror, for scanners that read history themselves. */
  readonly mirrorDir: string;
  /** Fetches, then FORGE-37. Never throws: what cannot be determined is `unknown`. */
  landing(request: LandingRequest): Promise<LandingFacts>;
  startBranch(request: StartBranchRequest): Promise<StartBranchOutcome>;
  /** Engine-owned files onto the task branch without touching the agent's worktree. */
  commitFiles(request: CommitFilesRequest): Promise<CommitFilesOutcome>;
  proposeFiles(request: ProposeRequest): Promise<ProposeOutcome>;
  worktreePath(branch: string): string;
  ensureWorktree(request: EnsureWorktreeRequest): Promise<TaskWorktree>;
  removeWorktree(request: RemoveWorktreeRequest): Promise<RemoveWorktreeOutcome>;
  finishRun(request: FinishRunRequest): Promise<FinishRunOutcome>;
  archiveRun(request: ArchiveRunRequest): Promise<ArchivedRun>;
  rebase(request: RebaseRequest): Promise<RebaseOutcome>;
  push(request: PushRequest): Promise<PushOutcome>;
  /** True for a commit this process pushed; another host's, or an earlier process's, is not known (FORGE-53). */
  hasPushed(sha: string): boolean;
  archiveBranch(request: { wid: string; branch: string }): Promise<ArchiveBranchOutcome>;
  /** Archive ref of unfinished work over the archived head `kept`; null where there is none. */
  newestLeftovers(request: { wid: string; kept: string }): Promise<string | null>;
  runChecks(request: ChecksRequest): Promise<ChecksResult>;
  startRevert(request: RevertRequest): Promise<RevertOutcome>;
  maintain(request: MaintenanceRequest): Promise<MaintenanceReport>;
}

export interface Workspace {
  /** The same object for the same repo; does no I/O. */
  open(project: Project): ProjectWorkspace;
}

/** Creates the workspace room; nothing is touched on disk until the first operation. */
export function createWorkspace(options: WorkspaceOptions): Workspace {
  const redact = createRedactor(options.secrets);
  const git = createGit({ path: options.path, readTimeoutMs: options.timeouts.readMs, redact });
  const mutex = createKeyedMutex();
  const opened = new Map<string, ProjectWorkspace>();
  return {
    open: (project) => {
      const known = opened.get(project.repo);
      if (known) return known;
      assertRepoName(project.repo);
      assertBranch(project.baseBranch);
      const repo = createRepository({
        layout: layoutOf(options.reposDir, project.repo),
        git,
        remote: options.remoteFor(project),
        main: project.baseBranch,
        timeouts: options.timeouts,
        identity: options.identity,
        now: options.now,
        log: options.log,
      });
      const lock = lockFileOf(options.reposDir, project.repo);
      const locked = <T>(task: () => Promise<T>) => mutex(project.repo, () => withLockFile(lock, task));
      const created = openProject(repo, { ...options, redact, locked });
      opened.set(project.repo, created);
      return created;
    },
  };
}

function openProject(
  repo: Repository,
  deps: WorkspaceOptions & {
    redact: (text: string) => string;
    locked: <T>(task: () => Promise<T>) => Promise<T>;
  },
): ProjectWorkspace {
  const { locked } = deps;
  const checks = { ...deps, repo, env: { PATH: deps.path, ...deps.checksEnv } };
  return {
    mirror: createMirror(repo, locked),
    mirrorDir: repo.layout.mirror,
    landing: (request) => landing(repo, locked, request),
    startBranch: (request) => locked(() => startBranch(repo, request)),
    commitFiles: (request) => locked(() => commitFiles(repo, request)),
    proposeFiles: (request) => locked(() => proposeFiles(repo, request)),
    worktreePath: (branch) => worktreePath(repo.layout, branch),
    ensureWorktree: (request) =>
      locked(async () => {
        const tree = await ensureWorktree(repo, request);
        await handOver(deps.runsAs, [repo.layout.shared, tree.path], deps.path);
        return tree;
      }),
    removeWorktree: (request) =>
      locked(async () => {
        const outcome = await removeWorktree(repo, request);
        if (outcome.kind !== 'kept') await removeChecksWorktree(repo, request.branch);
        return outcome;
      }),
    finishRun: (request) => locked(() => finishRun(repo, request)),
    archiveRun: (request) => locked(() => archiveRun(repo, request)),
    rebase: (request) => locked(() => rebase(repo, request)),
    push: (request) => locked(() => push(repo, request)),
    hasPushed: (sha) => repo.pushed.has(sha),
    archiveBranch: (request) => locked(() => archiveBranch(repo, { ...request, bundleDir: deps.archiveDir })),
    newestLeftovers: (request) => locked(() => newestLeftovers(repo, request)),
    runChecks: (request) => runChecks(checks, request),
    startRevert: (request) => locked(() => startRevert(repo, request)),
    maintain: (request) => locked(() => maintain(repo, request)),
  };
}
