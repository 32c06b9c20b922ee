import type { Project } from '../pipeline/project.ts';

/** Look-ups over the projects (REG-5); names compare without regard to case. */
export interface Registry {
  readonly projects: readonly Project[];
  byRepo(repo: string): Project | undefined;
  byPrefix(prefix: string): Project | undefined;
  byPlaneId(id: string): Project | undefined;
  /** Known Plane project ids, in lower case. */
  readonly planeIds: ReadonlySet<string>;
}

/** Builds the look-ups; a reload makes a new registry (REG-6). */
export function createRegistry(projects: readonly Project[]): Registry {
  const index = (keyOf: (project: Project) => string | undefined) =>
    new Map(projects.map((project) => [keyOf(project)?.toLowerCase(), project]));
  const byRepo = index((project) => project.repo);
  const byPrefix = index((project) => project.prefix);
  const byPlaneId = index((project) => project.planeProjectId);
  return {
    projects,
    byRepo: (repo) => byRepo.get(repo.toLowerCase()),
    byPrefix: (prefix) => byPrefix.get(prefix.toLowerCase()),
    byPlaneId: (id) => byPlaneId.get(id.toLowerCase()),
    planeIds: new Set([...byPlaneId.keys()].filter((id) => id !== undefined)),
  };
}

/** True when a gate with this scope applies to the repository (SET-5). */
export const inScope = (scope: '*' | readonly string[], repo: string): boolean =>
  scope === '*' || scope.includes(repo.toLowerCase());
