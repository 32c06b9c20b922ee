import type { Project, ProjectHealth, ProjectStaging } from '../pipeline/project.ts';
import { readUrl } from './kinds.ts';
import { validModels } from './models.ts';
import { absolutePath, type Places } from './paths.ts';
import type { RegistryEntry } from './registry-schema.ts';
import type { Config } from './schema.ts';

/** Removes what is undefined, so that an absent field is really absent. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
const defined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;

type HealthEntry = NonNullable<RegistryEntry['health']>;

const healthOf = (entry: Omit<HealthEntry, 'url'> & { url: string }): ProjectHealth => ({
  url: entry.url,
  okField: entry.ok_field,
  okValue: entry.ok_value,
  shaField: entry.sha_field,
});

const STANDARD_HEALTH = { ok_field: 'status', ok_value: 'ok', sha_field: 'commit' };

function stagingOf(
  entry: Exclude<NonNullable<RegistryEntry['staging']>, 'none'>,
  places: Places,
): ProjectStaging {
  const baseUrl = readUrl(entry.base_url) ?? entry.base_url;
  const health = { ...STANDARD_HEALTH, ...entry.health };
  return defined({
    mode: entry.mode,
    baseUrl,
    check: entry.check,
    health: healthOf({ ...health, url: entry.health?.url ?? `${baseUrl}/health` }),
    timeoutS: entry.timeout_s,
    tokenFile: entry.token_file && absolutePath(entry.token_file, places),
  });
}

const checksOf = (entry: NonNullable<RegistryEntry['checks']>): Project['checks'] => {
  if (typeof entry === 'string') return entry === 'none' ? 'none' : { command: entry };
  return defined({ command: entry.command, timeoutS: entry.timeout_s });
};

const cap = (value: number | 'off' | undefined) => (value === 'off' ? null : value);

/** A local path becomes absolute; URLs and ssh addresses stay. */
const sourceOf = (text: string, places: Places): string =>
  /^[a-z][a-z+.-]*:\/\//i.test(text) || /^[^/]+@[^/]+:/.test(text) ? text : absolutePath(text, places);

function ciOf(entry: RegistryEntry, forge: Project['forge']): Project['ci'] {
  if (entry.ci) return entry.ci === 'required' ? 'forge' : entry.ci;
  if (entry.checks === 'none') return 'none';
  return forge === 'gitea' ? 'forge' : 'engine';
}

/** The projection of the settings that registry defaults come from. */
export type RegistryDefaults = Pick<Config, 'forge' | 'deploy' | 'server'>;

/** Applies the defaults of REG-2 to a valid entry; model names that are not valid are left out (AGENT-17). */
export function buildProject(entry: RegistryEntry, config: RegistryDefaults, places: Places): Project {
  const forge = entry.forge ?? (config.forge.giteaUrl ? 'gitea' : 'local');
  const bySize = Object.entries(entry.models_by_complexity);
  return defined({
    repo: entry.repo,
    prefix: entry.prefix,
    name: entry.name ?? entry.repo,
    tracker: entry.tracker ?? (entry.plane_project_id ? 'plane' : 'local'),
    planeProjectId: entry.plane_project_id,
    stateNames: entry.state_names as Record<string, string>,
    forge,
    owner: entry.owner ?? config.forge.giteaOwner,
    source: entry.source && sourceOf(entry.source, places),
    baseBranch: entry.base_branch ?? config.forge.baseBranch,
    agentModels: validModels(entry.agent_models),
    modelsByComplexity: Object.fromEntries(bySize.map(([size, models]) => [size, validModels(models)])),
    agentEfforts: entry.agent_efforts as Project['agentEfforts'],
    budgets: defined({
      attemptUsd: cap(entry.budgets.attempt_usd),
      taskUsd: cap(entry.budgets.task_usd),
      dayUsd: cap(entry.budgets.day_usd),
    }),
    approvers: entry.approvers,
    track: entry.track,
    knowledgeFile: entry.knowledge_file,
    protectedPaths: entry.protected_paths,
    workerLabels: entry.worker_labels,
    setup: entry.setup,
    checks: entry.checks === undefined ? undefined : checksOf(entry.checks),
    coverageGate: entry.coverage_gate,
    ci: ciOf(entry, forge),
    requirePrReview: entry.require_pr_review,
    staging: typeof entry.staging === 'object' ? stagingOf(entry.staging, places) : entry.staging,
    ...deliveryOf(entry, config),
  });
}

function deliveryOf(entry: RegistryEntry, config: RegistryDefaults) {
  const audit = entry.dependency_audit;
  return {
    deploy: entry.deploy,
    service: entry.service ?? entry.repo,
    health: entry.health && healthOf(entry.health),
    confirmDeploy: entry.confirm_deploy,
    deployHook: defined({
      script: entry.deploy_hook.script ?? config.deploy.hookScript,
      via: entry.deploy_hook.via ?? config.deploy.hookVia,
      env: entry.deploy_hook.env,
    }),
    deployWindow: entry.deploy_window?.trim() || undefined,
    postDeploy: defined({
      action: entry.post_deploy.action,
      probes: entry.post_deploy.probes,
      metricsUrl: entry.post_deploy.metrics_url,
    }),
    image: entry.image,
    secretsScan: entry.secrets_scan,
    dependencyAudit: audit === 'auto' || audit === 'none' ? audit : { command: audit },
    selfHosting: entry.repo.toLowerCase() === config.server.selfRepo.trim().toLowerCase(),
  } as const;
}
