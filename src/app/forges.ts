import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { AppError } from '../errors.ts';
import { giteaRemote, openGiteaForge } from '../forge/gitea/open.ts';
import { createLocalForge } from '../forge/local/local-forge.ts';
import { ensureLocalRepository, localRepositoryPath } from '../forge/local/repository.ts';
import type { LocalForgeStore } from '../forge/local/store.ts';
import type { Forge } from '../forge/port.ts';
import type { HttpClient } from '../http-client.ts';
import type { Logger } from '../log.ts';
import type { Project } from '../pipeline/project.ts';
import type { Git } from '../workspace/git.ts';
import type { Remote, Workspace } from '../workspace/workspace.ts';

export interface ForgesDeps {
  config: Config;
  git: Git;
  store: LocalForgeStore;
  http: HttpClient;
  now: () => number;
  log: Logger;
}

/** A forge's two faces: where git talks to, and what the engine asks. */
interface Adapter {
  remote(project: Project): Remote;
  open(project: Project, workspace: Workspace): Forge;
}

const S = 1000;

function localAdapter({ config, git, store, now }: ForgesDeps): Adapter {
  const { forge } = config;
  const identity = { name: forge.gitAuthorName, email: forge.gitAuthorEmail };
  const prepare =
    ({ repo, baseBranch, source }: Project) =>
    () =>
      ensureLocalRepository({
        forgeDir: forge.forgeDir,
        repo,
        main: baseBranch,
        source,
        identity,
        cloneMs: forge.gitCloneTimeoutS * S,
        now,
        git,
      });
  const gitDir = ({ repo }: Project) => localRepositoryPath(forge.forgeDir, repo);
  return {
    remote: (project) => ({ url: gitDir(project), prepare: prepare(project) }),
    open: (project) =>
      createLocalForge({
        repo: project.repo,
        main: project.baseBranch,
        gitDir: gitDir(project),
        prepare: prepare(project),
        git,
        store,
        identity,
        now,
      }),
  };
}

function giteaAdapter({ config, http, now, log }: ForgesDeps): Adapter {
  const { giteaUrl: baseUrl, giteaPublicUrl, giteaToken: token, giteaOwner = '' } = config.forge;
  if (baseUrl === undefined || token === undefined) {
    throw new AppError(
      'gitea-not-configured',
      'A project uses Gitea, but ORCH_GITEA_URL or ORCH_GITEA_TOKEN is missing.',
      { fault: 'user' },
    );
  }
  return {
    remote: ({ repo, owner }) => giteaRemote({ baseUrl, token, owner: owner ?? giteaOwner, repo }),
    open: (project, workspace) => {
      const { mirror } = workspace.open(project);
      const inMain = async (sha: string): Promise<boolean> => {
        await mirror.fetch();
        const main = await mirror.head(project.baseBranch);
        return main !== null && (await mirror.isAncestor(sha, main));
      };
      const options = {
        baseUrl,
        publicUrl: giteaPublicUrl ?? baseUrl,
        token,
        owner: giteaOwner,
        autoCreatePr: config.merge.verifyAutocreatePrEnabled,
        http,
        log,
        now,
        sleep: (ms: number) => delay(ms),
      };
      return openGiteaForge(options, project, (sha) => inMain(sha).catch(() => false));
    },
  };
}

const ADAPTERS: Readonly<Record<Project['forge'], (deps: ForgesDeps) => Adapter>> = {
  local: localAdapter,
  gitea: giteaAdapter,
};

/** The adapter of each project's forge; made on first use. */
export function createForges(deps: ForgesDeps): {
  remoteFor: (project: Project) => Remote;
  forgeFor: (project: Project, workspace: Workspace) => Forge;
} {
  const adapters = new Map<Project['forge'], Adapter>();
  const adapterOf = ({ forge }: Project): Adapter => {
    const known = adapters.get(forge) ?? ADAPTERS[forge](deps);
    adapters.set(forge, known);
    return known;
  };
  const opened = new Map<string, Forge>();
  return {
    remoteFor: (project) => adapterOf(project).remote(project),
    forgeFor: (project, workspace) => {
      const known = opened.get(project.repo) ?? adapterOf(project).open(project, workspace);
      opened.set(project.repo, known);
      return known;
    },
  };
}
