import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Project } from '../pipeline/project.ts';
import type { ChecksRequest, ChecksResult } from './checks.ts';
import type { LandingFacts, LandingRequest } from './landing.ts';
import type { Mirror } from './mirror.ts';
import type { PushOutcome, PushRequest } from './push.ts';
import type { RebaseOutcome, RebaseRequest } from './rebase.ts';
import type { ArchivedRun, ArchiveRunRequest, FinishRunOutcome, FinishRunRequest } from './run-commit.ts';
import type {
  ArchiveBranchOutcome,
  CommitFilesOutcome,
  CommitFilesRequest,
  StartBranchOutcome,
  StartBranchRequest,
} from './task-branch.ts';
import type {
  EnsureWorktreeRequest,
  RemoveWorktreeOutcome,
  RemoveWorktreeRequest,
  TaskWorktree,
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
  /** Environment of check commands: PATH and the `ORCH_CHECKS_ENV_PASSTHROUGH` values (FORGE-40). */
  checksEnv: Readonly<Record<string, string>>;
  /** PATH for git itself. */
  path: string;
  /** Epoch ms. */
  now: () => number;
  log: Logger;
  remoteFor: (project: Project) => Remote;
}

/** Git on disk for one project. Writing operations are serialised per project (FORGE-77). */
export interface ProjectWorkspace {
  readonly mirror: Mirror;
  /** Fetches, then FORGE-37. Never throws: what cannot be determined is `unknown`. */
  landing(request: LandingRequest): Promise<LandingFacts>;
  startBranch(request: StartBranchRequest): Promise<StartBranchOutcome>;
  /** Engine-owned files onto the task branch without touching the agent's worktree. */
  commitFiles(request: CommitFilesRequest): Promise<CommitFilesOutcome>;
  worktreePath(branch: string): string;
  ensureWorktree(request: EnsureWorktreeRequest): Promise<TaskWorktree>;
  removeWorktree(request: RemoveWorktreeRequest): Promise<RemoveWorktreeOutcome>;
  finishRun(request: FinishRunRequest): Promise<FinishRunOutcome>;
  archiveRun(request: ArchiveRunRequest): Promise<ArchivedRun>;
  rebase(request: RebaseRequest): Promise<RebaseOutcome>;
  push(request: PushRequest): Promise<PushOutcome>;
  archiveBranch(request: { wid: string; branch: string }): Promise<ArchiveBranchOutcome>;
  runChecks(request: ChecksRequest): Promise<ChecksResult>;
}

export interface Workspace {
  /** The same object for the same repo; does no I/O. */
  open(project: Project): ProjectWorkspace;
}

/** Creates the workspace room; nothing is touched on disk until the first operation. */
export function createWorkspace(_options: WorkspaceOptions): Workspace {
  throw new AppError('not-implemented', 'The workspace is not implemented yet.');
}
