import type { Project } from '../pipeline/project.ts';
import { type Problem, quoted } from './problems.ts';
import type { Config } from './schema.ts';

/** Which process reads the settings: a worker gets git and agent credentials only (REC-183). */
export type Part = 'control' | 'worker';

/** A parsed project and the place it was written at. */
export interface LabelledProject {
  label: string;
  project: Project;
}

/** Rules between the fields of a project, and between projects and settings (REG-4, SET-20.2, SET-20.3). */
export function checkProjects(
  entries: readonly LabelledProject[],
  config: Config,
  part: Part = 'control',
): Problem[] {
  return [
    ...missingVendorSettings(entries, config, part),
    ...entries.flatMap(({ label, project }) => ownRules(label, project, part)),
  ];
}

/** An entry as written, names normalised; it may be wrong in other ways. */
export interface LabelledEntry {
  label: string;
  entry: unknown;
}

const UNIQUE = ['repo', 'prefix', 'plane_project_id'] as const;

/** Text of a field of an entry, if it has one. */
export const textField = (entry: unknown, field: string): string | undefined => {
  const value = (entry as Readonly<Record<string, unknown>> | null)?.[field];
  return typeof value === 'string' ? value : undefined;
};

/** Values that two entries share; also found when an entry has other faults. */
export function findDuplicates(entries: readonly LabelledEntry[]): Problem[] {
  return UNIQUE.flatMap((field) => {
    const first = new Map<string, string>();
    return entries.flatMap(({ label, entry }) => {
      const value = textField(entry, field);
      const key = value?.toLowerCase();
      const earlier = key === undefined ? undefined : first.get(key);
      if (key !== undefined && earlier === undefined) first.set(key, label);
      if (earlier === undefined) return [];
      const problem = `${quoted(value)} is already used by ${earlier}`;
      return [{ key: `${label}.${field}`, problem, fix: 'make it unique' }];
    });
  });
}

interface Vendor {
  uses: (project: Project) => boolean;
  name: string;
  way: string;
  /** The process that talks to it; git is everybody's. */
  neededBy: readonly Part[];
  settings: readonly (readonly [key: string, value: unknown])[];
}

function missingVendorSettings(entries: readonly LabelledProject[], config: Config, part: Part): Problem[] {
  const { tracker, forge } = config;
  const vendors: Vendor[] = [
    {
      uses: (project) => project.tracker === 'plane',
      name: 'Plane',
      way: '"tracker": "local"',
      neededBy: ['control'],
      settings: [
        ['ORCH_PLANE_API_URL', tracker.planeApiUrl],
        ['ORCH_PLANE_API_TOKEN', tracker.planeApiToken],
        ['ORCH_PLANE_WORKSPACE_SLUG', tracker.planeWorkspaceSlug],
      ],
    },
    {
      uses: (project) => project.forge === 'gitea',
      name: 'Gitea',
      way: '"forge": "local"',
      neededBy: ['control', 'worker'],
      settings: [
        ['ORCH_GITEA_URL', forge.giteaUrl],
        ['ORCH_GITEA_TOKEN', forge.giteaToken],
      ],
    },
  ];
  const needed = vendors.filter(({ neededBy }) => neededBy.includes(part));
  return needed.flatMap(({ uses, name, way, settings }) => {
    const users = entries.filter(({ project }) => uses(project)).map(({ project }) => `"${project.repo}"`);
    if (users.length === 0) return [];
    const who = users.length === 1 ? `project ${users[0]} uses` : `projects ${users.join(', ')} use`;
    const fix = `set it, or set ${way} for the ${users.length === 1 ? 'project' : 'projects'}`;
    return settings
      .filter(([, value]) => value === undefined)
      .map(([key]) => ({ key, problem: `missing, but ${who} ${name}`, fix }));
  });
}

interface Rule {
  field: string;
  broken: (project: Project) => boolean;
  problem: string;
  fix: string;
  /** About what only the control process does. */
  ofControl?: true;
}

const RULES: readonly Rule[] = [
  {
    field: 'plane_project_id',
    broken: (project) => project.tracker === 'plane' && !project.planeProjectId,
    problem: 'missing, but "tracker" is "plane"',
    fix: 'set the id of the Plane project, or set "tracker": "local"',
  },
  {
    field: 'owner',
    broken: (project) => project.forge === 'gitea' && !project.owner,
    problem: 'missing, but "forge" is "gitea" and ORCH_GITEA_OWNER is unset',
    fix: 'set it, or ORCH_GITEA_OWNER, or set "forge": "local" for the project',
  },
  {
    field: 'ci',
    broken: (project) => project.forge === 'local' && project.ci === 'forge',
    problem: '"forge" is not possible on the local forge, which runs no CI of its own',
    fix: 'use "engine" or "none"',
  },
  {
    field: 'require_pr_review',
    broken: (project) => project.forge === 'local' && project.requirePrReview,
    problem: 'true is not possible on the local forge',
    fix: 'remove it, or use Gitea',
  },
  {
    field: 'deploy_hook.script',
    broken: (project) => project.deploy === 'hook' && !project.deployHook.script,
    problem: 'missing, but "deploy" is "hook" and ORCH_DEPLOY_HOOK_SCRIPT is unset',
    fix: 'set it, or ORCH_DEPLOY_HOOK_SCRIPT, or set "deploy": "none"',
    ofControl: true,
  },
];

const ownRules = (label: string, project: Project, part: Part): Problem[] =>
  RULES.filter(({ broken, ofControl }) => broken(project) && (part === 'control' || !ofControl)).map(
    ({ field, problem, fix }) => ({
      key: `${label}.${field}`,
      problem,
      fix,
    }),
  );
