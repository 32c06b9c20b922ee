import type { Project } from './project.ts';
import type { TaskState } from './task.ts';

/** How a task goes through the stages before development; the gates are the same on each. */
export const TRACKS = ['full', 'bugfix'] as const;
export type Track = (typeof TRACKS)[number];

const SAID = /(?:^|\s)track:\s*(full|bugfix)(?![\w-])/i;

/**
 * `bugfix`: one short analysis in which the analyst also writes what the architect would. The request itself says it
 * (`track: bugfix`), from whatever surface it came; else the project's default.
 */
export const trackOf = ({ description }: Pick<TaskState, 'description'>, project: Pick<Project, 'track'>) =>
  (SAID.exec(description)?.[1]?.toLowerCase() as Track | undefined) ?? project.track;
