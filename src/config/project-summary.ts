import type { Project } from '../pipeline/project.ts';
import { inScope } from './registry.ts';
import type { Config } from './schema.ts';

type Stated = 'configured' | 'none' | 'missing';

/** One project as `GET /projects` and `/projects` show it; contains no secret (REG-8). */
export interface ProjectSummary {
  repo: string;
  prefix: string;
  name: string;
  tracker: Project['tracker'];
  forge: Project['forge'];
  plane_project_id: string | null;
  base_branch: string;
  self_hosting: boolean;
  checks: Stated;
  ci: Project['ci'];
  staging: Stated;
  deploy: Stated;
  image: Stated;
  /** Gates that do not run here, each with the key that says so (SET-5, SET-6). */
  gates_off: readonly string[];
}

/** `none` is a statement, an absent field is an omission (REG-3). */
const stated = (value: unknown): Stated =>
  value === undefined ? 'missing' : value === 'none' ? 'none' : 'configured';

/** Describes one project with the settings in force. */
export function describeProject(project: Project, config: Config): ProjectSummary {
  return {
    repo: project.repo,
    prefix: project.prefix,
    name: project.name,
    tracker: project.tracker,
    forge: project.forge,
    plane_project_id: project.planeProjectId ?? null,
    base_branch: project.baseBranch,
    self_hosting: project.selfHosting,
    checks: stated(project.checks),
    ci: project.ci,
    staging: stated(project.staging),
    deploy: stated(project.deploy),
    image: stated(project.image),
    gates_off: gatesOff(project.repo, config),
  };
}

interface GateSwitch {
  gate: string;
  enabled: boolean;
  key: string;
  scope?: '*' | readonly string[];
  scopeKey?: string;
}

const switches = ({ gates, merge, deploy, postDeploy, scopes }: Config): readonly GateSwitch[] => [
  { gate: 'staging check', enabled: gates.stagingVerifyEnabled, key: 'ORCH_STAGING_VERIFY_ENABLED' },
  {
    gate: 'security',
    enabled: gates.securityGateEnabled,
    key: 'ORCH_SECURITY_GATE_ENABLED',
    scope: scopes.securityGateRepos,
    scopeKey: 'ORCH_SECURITY_GATE_REPOS',
  },
  {
    gate: 'merge',
    enabled: merge.gateEnabled,
    key: 'ORCH_MERGE_GATE_ENABLED',
    scope: scopes.mergeGateRepos,
    scopeKey: 'ORCH_MERGE_GATE_REPOS',
  },
  {
    gate: 'image freshness',
    enabled: gates.imageFreshnessEnabled,
    key: 'ORCH_IMAGE_FRESHNESS_ENABLED',
    scope: scopes.imageFreshnessRepos,
    scopeKey: 'ORCH_IMAGE_FRESHNESS_REPOS',
  },
  { gate: 'deploy confirmation', enabled: deploy.confirmDeployEnabled, key: 'ORCH_CONFIRM_DEPLOY_ENABLED' },
  {
    gate: 'merge proof',
    enabled: merge.verifyEnabled,
    key: 'ORCH_MERGE_VERIFY_ENABLED',
    scope: scopes.mergeVerifyRepos,
    scopeKey: 'ORCH_MERGE_VERIFY_REPOS',
  },
  {
    gate: 'watch',
    enabled: postDeploy.enabled,
    key: 'ORCH_POST_DEPLOY_ENABLED',
    scope: scopes.postDeployRepos,
    scopeKey: 'ORCH_POST_DEPLOY_REPOS',
  },
];

/** `security: off (ORCH_…)` or `security: not in scope (ORCH_…_REPOS)`; a gate that is off is never in scope. */
function gatesOff(repo: string, config: Config): string[] {
  return switches(config).flatMap(({ gate, enabled, key, scope = '*', scopeKey }) => {
    if (!enabled) return [`${gate}: off (${key})`];
    return inScope(scope, repo) ? [] : [`${gate}: not in scope (${scopeKey})`];
  });
}
