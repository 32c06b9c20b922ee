import type { Parts } from '../parts.ts';
import { unknownProject } from '../registry.ts';

/** `POST /tracker/refresh`: what was read of the boards is forgotten, of one project or all (PLANE-22). Throws AppError `unknown-project`. */
export function refreshTrackers({ registry, trackerFor }: Parts, name: string | null) {
  const one = name === null ? null : (registry.find(name) ?? unknownProject(name));
  const projects = one === null ? registry.current().projects : [one];
  for (const { repo } of projects) trackerFor(repo).refresh();
  return { status: 'refreshed', projects: projects.map(({ repo }) => repo) };
}
