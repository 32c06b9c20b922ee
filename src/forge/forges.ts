import { AppError } from '../errors.ts';
import type { Project } from '../pipeline/project.ts';
import type { Remote } from '../workspace/workspace.ts';
import { giteaRemote, type OpenGiteaOptions, openGiteaForge } from './gitea/open.ts';
import { type LocalForgeOptions, openLocalForge } from './local/open.ts';
import type { Forge } from './port.ts';

export interface ForgesOptions {
  local: LocalForgeOptions;
  /** Absent: no Gitea is configured. */
  gitea?: Omit<OpenGiteaOptions, 'owner'> & { owner?: string | undefined };
  /** FORGE-36, by the project's mirror: true when a freshly fetched main contains the commit; false when unknown. */
  inMain: (project: Project, sha: string) => Promise<boolean>;
}

/** The forge of every project, by its registry entry (FORGE-1); the same object for the same repository. */
export interface Forges {
  forgeFor(project: Project): Forge;
  /** Where the project's mirror fetches and pushes (FORGE-71). */
  remoteFor(project: Project): Remote;
}

/** Creates the forges room. Throws `gitea-not-configured` (user) for a Gitea project without address or owner. */
export function createForges(options: ForgesOptions): Forges {
  const opened = new Map<string, { forge: Forge; remote: Remote }>();
  const open = (project: Project) => {
    const known = opened.get(project.repo);
    if (known) return known;
    const created =
      project.forge === 'gitea' ? openGitea(options, project) : openLocalForge(options.local, project);
    opened.set(project.repo, created);
    return created;
  };
  return {
    forgeFor: (project) => open(project).forge,
    remoteFor: (project) => open(project).remote,
  };
}

function openGitea(options: ForgesOptions, project: Project): { forge: Forge; remote: Remote } {
  const { gitea } = options;
  const owner = project.owner ?? gitea?.owner;
  if (!gitea || !owner) {
    const missing = gitea ? 'an owner' : 'ORCH_GITEA_URL and ORCH_GITEA_TOKEN';
    throw new AppError('gitea-not-configured', `Expected ${missing} for ${project.repo}, found none.`, {
      fault: 'user',
      hint: 'Set it, or declare `forge: local` for the project.',
    });
  }
  const { baseUrl, token } = gitea;
  return {
    forge: openGiteaForge({ ...gitea, owner }, project, (sha) => options.inMain(project, sha)),
    remote: giteaRemote({ baseUrl, token, owner, repo: project.repo }),
  };
}
