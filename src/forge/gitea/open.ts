import type { Project } from '../../pipeline/project.ts';
import type { Remote } from '../../workspace/workspace.ts';
import type { Forge } from '../port.ts';
import { createGiteaForge, type GiteaForgeOptions } from './gitea-forge.ts';

export type OpenGiteaOptions = Omit<GiteaForgeOptions, 'owner' | 'repo' | 'main' | 'ci' | 'inMain'> & {
  /** `ORCH_GITEA_OWNER`, used where the project names none. */
  owner: string;
};

/** Where a project's mirror fetches and pushes on Gitea (FORGE-71): no credentials in the URL. */
export function giteaRemote(options: {
  baseUrl: string;
  token: string;
  owner: string;
  repo: string;
}): Remote {
  const base = options.baseUrl.replace(/\/+$/, '');
  const path = [options.owner, `${options.repo}.git`].map(encodeURIComponent).join('/');
  const basic = Buffer.from(`orchestrator:${options.token}`).toString('base64');
  return { url: `${base}/${path}`, extraHeader: `Authorization: Basic ${basic}` };
}

/** The Gitea forge of one project. `inMain` is answered by the project's mirror (FORGE-36). */
export function openGiteaForge(
  options: OpenGiteaOptions,
  project: Pick<Project, 'repo' | 'owner' | 'baseBranch' | 'ci'>,
  inMain: (sha: string) => Promise<boolean>,
): Forge {
  return createGiteaForge({
    ...options,
    owner: project.owner ?? options.owner,
    repo: project.repo,
    main: project.baseBranch,
    ci: project.ci,
    inMain,
  });
}
