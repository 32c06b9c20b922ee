import path from 'node:path';
import { inScope } from '../config/registry.ts';
import type { Config } from '../config/schema.ts';
import type { HookRun, HookRunner } from '../delivery/hook-runner.ts';
import { checkStaging, deployToStaging, type StagingDeps } from '../delivery/staging.ts';
import { AppError } from '../errors.ts';
import { createForges } from '../forge/forges.ts';
import type { LocalForgeStore } from '../forge/local/store.ts';
import type { Forge } from '../forge/port.ts';
import { createDockerImages } from '../gates/image/docker.ts';
import type { LeasePort } from '../gates/merge/lease.ts';
import type { GatePorts, GitPorts } from '../gates/ports.ts';
import type { HttpClient } from '../http-client.ts';
import type { Logger } from '../log.ts';
import type { Project, ProjectStaging } from '../pipeline/project.ts';
import type { Evidence } from '../pipeline/verdict.ts';
import type { HookOrder } from '../processors/delivery-ports.ts';
import { layoutOf } from '../workspace/repository.ts';
import { createWorkspace, type Workspace } from '../workspace/workspace.ts';
import { createHooks, hookRunOf } from './delivery/hooks.ts';
import { STAGING_TIMEOUT_MS, stagingMeans } from './delivery/staging-means.ts';
import { forgesOptionsOf } from './forge-settings.ts';
import { findAgentUser } from './hosts/agent-user.ts';
import { finalizePolicyOf, watchPolicyOf } from './settings.ts';

export interface RoomsDeps {
  config: Config;
  secrets: readonly string[];
  redact: (text: string) => string;
  /** Our own PATH and HOME, for git, checks and hooks; `underSystemd`: this process is a unit's (SHIP-120). */
  place: { path: string; home: string; underSystemd?: boolean; sshAgent?: string };
  /** Values named by `ORCH_CHECKS_ENV_PASSTHROUGH`. */
  checksEnv: Readonly<Record<string, string>>;
  forgeStore: LocalForgeStore;
  lease: LeasePort;
  http: HttpClient;
  now: () => number;
  /** Short waits inside a call. */
  sleep: (ms: number) => Promise<void>;
  log: Logger;
}

export interface Rooms {
  workspace: Workspace;
  forgeFor: (project: Project) => Forge;
  gatePorts: (project: Project, remember: (evidence: Evidence) => Promise<void>) => GatePorts;
  /** What a gate has that needs git alone. */
  gitPorts: (project: Project) => GitPorts;
  hooks: (project: Project) => HookRunner;
  hookRun: (project: Project, order: HookOrder) => Promise<HookRun>;
  stagingDeps: (project: Project, staging: ProjectStaging) => StagingDeps;
  deliverySettings: {
    verifyMerge: (repo: string) => boolean;
    markersPath: string;
    mergeStyle: 'auto' | 'merge' | 'fast-forward-only';
    finalize: (project: Project) => ReturnType<typeof finalizePolicyOf>;
    watch: ReturnType<typeof watchPolicyOf>;
    stagingTimeoutMs: number;
    artefactPaths: readonly string[];
  };
}

const S = 1000;

/** Builds the rooms that touch the outside: git, forge, hooks, staging. */
export function createRooms(deps: RoomsDeps): Rooms {
  const { config, now, log } = deps;
  const { forge, agents, server } = config;
  const identity = { name: forge.gitAuthorName, email: forge.gitAuthorEmail };
  const forges = createForges(
    forgesOptionsOf({ ...deps, path: deps.place.path, workspace: () => workspace }),
  );
  const workspace: Workspace = createWorkspace({
    reposDir: forge.reposDir,
    runsDir: server.runsDir,
    archiveDir: path.join(server.dataDir, 'archive'),
    timeouts: {
      cloneMs: forge.gitCloneTimeoutS * S,
      fetchMs: forge.gitFetchTimeoutS * S,
      pushMs: forge.gitPushTimeoutS * S,
      rebaseMs: forge.gitRebaseTimeoutS * S,
      readMs: forge.gitTimeoutS * S,
    },
    identity,
    secrets: deps.secrets,
    checksEnv: deps.checksEnv,
    path: deps.place.path,
    killGraceMs: agents.killGraceSeconds * S,
    runsAs: findAgentUser(agents.user) ?? undefined,
    now,
    log,
    remoteFor: forges.remoteFor,
  });
  const { forgeFor } = forges;
  const hooks = memo((project: Project) => createHooks(deps, project));
  const hookRun = (project: Project, order: HookOrder) => hookRunOf({ ...deps, workspace }, project, order);
  const stagingDeps = (project: Project, staging: ProjectStaging) =>
    stagingMeans(deps, { project, staging, workspace });
  return {
    workspace,
    forgeFor,
    hooks,
    hookRun,
    stagingDeps,
    gitPorts: (project) => gitPortsOf(deps, { project, workspace }),
    gatePorts: (project, remember) =>
      gatePortsOf(deps, { project, remember, workspace, forgeFor, hooks, hookRun, stagingDeps }),
    deliverySettings: {
      verifyMerge: (repo) => config.merge.verifyEnabled && inScope(config.scopes.mergeVerifyRepos, repo),
      markersPath: config.merge.regressionMarkersFile,
      mergeStyle: config.merge.style,
      finalize: (project) => finalizePolicyOf(config, project),
      watch: watchPolicyOf(config),
      stagingTimeoutMs: STAGING_TIMEOUT_MS,
      artefactPaths: forge.artefactPaths,
    },
  };
}

function memo<T>(make: (project: Project) => T): (project: Project) => T {
  // By entry, not by name: a reload may change it (REG-6).
  const made = new WeakMap<Project, T>();
  return (project) => {
    const known = made.get(project) ?? make(project);
    made.set(project, known);
    return known;
  };
}

interface GateMeans extends Pick<Rooms, 'workspace' | 'forgeFor' | 'hooks' | 'hookRun' | 'stagingDeps'> {
  project: Project;
  remember: (evidence: Evidence) => Promise<void>;
}

const gitPortsOf = (
  { config, place, now }: RoomsDeps,
  { project, workspace }: Pick<GateMeans, 'project' | 'workspace'>,
): GitPorts => ({
  workspace: workspace.open(project),
  gitDir: layoutOf(config.forge.reposDir, project.repo).mirror,
  gitleaksBin: config.gates.securityGitleaksBin ?? 'gitleaks',
  toolEnv: { PATH: place.path, HOME: path.join(config.server.dataDir, 'tool-home'), LANG: 'C.UTF-8' },
  now,
});

function gatePortsOf(deps: RoomsDeps, means: GateMeans): GatePorts {
  const { project, remember } = means;
  const { staging } = project;
  return {
    ...gitPortsOf(deps, means),
    checks: (request) => means.workspace.open(project).runChecks(request),
    forge: means.forgeFor(project),
    lease: deps.lease,
    remember,
    staging: {
      async check({ sha, signal }) {
        if (typeof staging !== 'object')
          throw new AppError('no-staging', `No staging is declared for ${project.repo}.`);
        return checkStaging(means.stagingDeps(project, staging), { sha, signal });
      },
      async deploy({ sha, image, signal }) {
        const deployId = `restage-${sha.slice(0, 12)}`;
        const run = await means.hookRun(project, {
          target: 'staging',
          mode: 'deploy',
          deployId,
          wid: '',
          sha,
          baseSha: null,
          ...(image === undefined ? {} : { image }),
        });
        return deployToStaging(means.hooks(project), run, { timeoutMs: STAGING_TIMEOUT_MS, signal });
      },
    },
    images: createDockerImages({
      env: { PATH: deps.place.path, HOME: deps.place.home },
      cwd: deps.config.server.dataDir,
    }),
  };
}
