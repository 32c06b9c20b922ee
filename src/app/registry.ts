import { isDeepStrictEqual } from 'node:util';
import { createRegistry, type Registry } from '../config/registry.ts';
import { AppError } from '../errors.ts';
import type { Project } from '../pipeline/project.ts';

/** Keeps one text across restarts. */
export interface RegistryMemory {
  memo(key: string): string | null;
  putMemo(key: string, value: string): void;
}

/** What became of a repository's entry since it was seen last (REG-7). */
export interface Departure {
  repo: string;
  /** Half a sentence for people. */
  reason: string;
}

/** The registry in force, and what is remembered of entries that left it (REG-6, REG-7). */
export interface LiveRegistry {
  current(): Registry;
  /**
   * The entry of a task's repository. Where it has left the registry, the last one that was in it, else one that allows
   * nothing: showing and judging its tasks never fails (REC-8).
   */
  project(repo: string): Project;
  /** Only what is in the registry now, by repository or prefix; for new work. */
  find(name: string): Project | undefined;
  /** Puts these in force; what tasks of each repository can no longer rely on. */
  replace(projects: readonly Project[]): Departure[];
}

const MEMO = 'registry';
/** A task carries these along: its names, its issue, its branch and pull request. */
const FIXED = ['prefix', 'tracker', 'forge', 'planeProjectId'] as const;

export function createLiveRegistry(memory: RegistryMemory): LiveRegistry {
  let registry = createRegistry([]);
  const known = new Map<string, Project>(JSON.parse(memory.memo(MEMO) ?? '[]') as [string, Project][]);

  return {
    current: () => registry,
    find: (name) => registry.byRepo(name) ?? registry.byPrefix(name),
    project: (repo) => registry.byRepo(repo) ?? known.get(repo.toLowerCase()) ?? standIn(repo),
    replace(read) {
      // What is built per project is kept while its entry says the same.
      const projects = read.map((project) => {
        const before = registry.byRepo(project.repo);
        return before !== undefined && isDeepStrictEqual(before, project) ? before : project;
      });
      const next = createRegistry(projects);
      const departures = [...known.values()].flatMap((before) => departure(before, next.byRepo(before.repo)));
      for (const project of projects) known.set(project.repo.toLowerCase(), project);
      registry = next;
      memory.putMemo(MEMO, JSON.stringify([...known].map(([repo, project]) => [repo, forKeeping(project)])));
      return departures;
    },
  };
}

const standIn = (repo: string): Project => ({
  ...{ repo, prefix: repo.toUpperCase(), name: repo, service: repo, baseBranch: 'main' },
  ...{ tracker: 'local', forge: 'local', ci: 'none', staging: 'none', deploy: 'none' },
  ...{
    stateNames: {},
    agentModels: {},
    modelsByComplexity: {},
    agentEfforts: {},
    coverageGate: false,
    track: 'full',
    knowledgeFile: 'none',
    budgets: {},
    approvers: [],
    protectedPaths: [],
  },
  ...{ requirePrReview: false, confirmDeploy: true, selfHosting: false },
  deployHook: { via: 'auto', env: {} },
  postDeploy: { action: 'ALERT_ONLY', probes: [] },
  ...{ secretsScan: 'auto', dependencyAudit: 'auto' },
});

/** Throws AppError `unknown-project`. */
export function unknownProject(repo: string): never {
  throw new AppError('unknown-project', `There is no project ${repo} in the registry.`, {
    fault: 'user',
    hint: 'Add it to projects.json.',
  });
}

function departure(before: Project, now: Project | undefined): Departure[] {
  const { repo } = before;
  if (now === undefined) return [{ repo, reason: 'the project is no longer in the registry' }];
  const changed = FIXED.filter((name) => before[name] !== now[name]);
  if (changed.length === 0) return [];
  const words = changed.map((name) => `${name}: ${before[name] ?? 'none'} → ${now[name] ?? 'none'}`);
  return [{ repo, reason: `the project has changed in the registry (${words.join(', ')})` }];
}

/** The environment of hooks may hold what does not belong into a database (REC-161). */
const forKeeping = (project: Project): Project => ({
  ...project,
  deployHook: { ...project.deployHook, env: {} },
});
