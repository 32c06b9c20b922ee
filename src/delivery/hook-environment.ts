import { AppError } from '../errors.ts';
import type { Project } from '../pipeline/project.ts';

export type DeployTarget = 'staging' | 'production';

/** What one call of the hook is about. */
export interface HookCall {
  target: DeployTarget;
  deployId: string;
  wid: string;
  /** Commit to deploy; for a rollback the commit that is to run afterwards, if known. */
  sha: string;
  /** Digest of the image the freshness gate approved (SHIP-73). */
  image?: string;
}

/** The few values of our own environment a hook sees (SHIP-112). */
export interface BaseEnvironment {
  path: string;
  home: string;
  lang?: string;
  /** The directory of the repositories, as we see it and as the deploy host does (FORGE-78). */
  repos?: { here: string; there: string };
}

/**
 * The whole environment of a hook (SHIP-112): the contract's keys, the project's `deploy_hook.env`, `PATH`, `HOME`,
 * `LANG`. The project's own entries never replace a key that says where to deploy. Throws `hook-env-invalid` for a
 * name or value that cannot be handed on as one line.
 */
export function hookEnvironment(
  project: Pick<Project, 'service' | 'image' | 'health' | 'staging' | 'deployHook'>,
  call: HookCall,
  base: BaseEnvironment,
): Record<string, string> {
  const environment = {
    PATH: base.path,
    HOME: base.home,
    LANG: base.lang ?? 'C.UTF-8',
    ...asTheHostSees(project.deployHook.env, base.repos),
    ...targetOf(project, call.target, base.repos),
    DEPLOY_SHA: call.sha,
    DEPLOY_IMAGE: call.image ?? '',
    DEPLOY_ID: call.deployId,
    WORK_ITEM: call.wid,
  };
  for (const [key, value] of Object.entries(environment)) assertOneLine(key, value);
  return environment;
}

/** Paths below the repositories, under the prefix of the host the hook runs on. */
function asTheHostSees(
  env: Readonly<Record<string, string>>,
  repos: BaseEnvironment['repos'],
): Record<string, string> {
  if (repos === undefined) return { ...env };
  const { here, there } = repos;
  const moved = (value: string): string =>
    value === here || value.startsWith(`${here}/`) ? there + value.slice(here.length) : value;
  return Object.fromEntries(Object.entries(env).map(([key, value]) => [key, moved(value)]));
}

function targetOf(
  project: Pick<Project, 'service' | 'image' | 'health' | 'staging' | 'deployHook'>,
  target: DeployTarget,
  repos: BaseEnvironment['repos'],
): Record<string, string> {
  const staging = target === 'staging';
  const health = staging ? declared(project.staging)?.health : project.health;
  const image = declared(project.image)?.name ?? `${project.service}-${project.service}`;
  const { REPO: repo } = asTheHostSees(project.deployHook.env, repos);
  return {
    TARGET_SERVICE: staging ? `${project.service}-staging` : project.service,
    TARGET_IMAGE: staging ? `${image}-staging` : image,
    COMPOSE_PROFILE: staging ? 'staging' : '',
    ...(health && { TARGET_PORT: portOf(health.url), HEALTH_URL: health.url }),
    ...(repo && { PREV_IMAGE_FILE: `${repo}/.deploy-prev-image-${staging ? 'staging' : 'prod'}` }),
  };
}

/** The declaration, or undefined where it is missing or says `none`. */
function declared<T extends object>(value: T | 'none' | undefined): T | undefined {
  return value === 'none' ? undefined : value;
}

/** Port of a URL, the scheme's own where it names none. */
export function portOf(url: string): string {
  const { port, protocol } = new URL(url);
  return port || (protocol === 'https:' ? '443' : '80');
}

function assertOneLine(key: string, value: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) && !/[\n\r\0]/.test(value)) return;
  throw new AppError(
    'hook-env-invalid',
    `deploy_hook.env: expected NAME and a value of one line for ${key}.`,
    {
      fault: 'user',
      hint: 'Correct the entry in the project registry.',
    },
  );
}
