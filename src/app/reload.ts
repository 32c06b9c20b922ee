import { reloadProjects } from '../config/load.ts';
import { createProbes } from '../config/probes.ts';
import type { Project } from '../pipeline/project.ts';
import type { Parts } from './parts.ts';
import type { Departure } from './registry.ts';

/** What a reload has changed, as it goes over the wire. */
export interface Reloaded {
  status: 'reloaded';
  projects: readonly string[];
  /** Tasks that wait for a person because their project left or changed (REG-7). */
  blocked: readonly string[];
}

/** Reads the registry again (REG-6). Throws ConfigError, having changed nothing, when it is not valid. */
export function reloadRegistry(parts: Pick<Parts, 'config' | 'place' | 'registry' | 'house'>): Reloaded {
  const { config, place } = parts;
  const projects = reloadProjects(config, {
    cwd: config.server.dataDir,
    homeDir: place.home,
    probes: createProbes(place.env),
  });
  const blocked = putInForce(parts, projects);
  place.log.info({ projects: projects.length, blocked: blocked.length }, 'registry read again');
  return { status: 'reloaded', projects: projects.map(({ repo }) => repo), blocked };
}

/** Work items of the tasks that were blocked because their project left or changed (REG-7). */
export function putInForce(
  { registry, house, place }: Pick<Parts, 'registry' | 'house' | 'place'>,
  projects: readonly Project[],
): string[] {
  const departures = registry.replace(projects);
  const told = new Set(departures.map(({ repo }) => repo));
  const orphaned = new Set(
    house.tasks
      .live()
      .map(({ repo }) => repo)
      .filter((repo) => !told.has(repo) && registry.current().byRepo(repo) === undefined),
  );
  for (const repo of orphaned) departures.push({ repo, reason: 'the project is not in the registry' });
  return departures.flatMap((one) => blockTasks({ house, place }, one));
}

function blockTasks({ house, place }: Pick<Parts, 'house' | 'place'>, { repo, reason }: Departure): string[] {
  const at = place.now();
  const blocked: string[] = [];
  for (const { id, wid, version, repo: own, activity } of house.tasks.live()) {
    const known = activity.kind === 'blocked' && activity.cause === 'project-changed';
    if (own !== repo || known) continue;
    const outcome = house.engine.apply({
      kind: 'fact',
      name: 'repo-changed',
      key: `project:${id}:${version}`,
      at,
      target: { task: id },
      data: { project: reason },
    });
    if (outcome.ok) blocked.push(wid);
  }
  return blocked;
}
