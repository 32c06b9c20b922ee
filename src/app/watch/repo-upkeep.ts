import { existsSync } from 'node:fs';
import { describeError } from '../../errors.ts';
import type { Project } from '../../pipeline/project.ts';
import type { MaintenanceReport } from '../../workspace/maintenance.ts';
import { layoutOf } from '../../workspace/repository.ts';
import type { Parts } from '../parts.ts';

export type RepoUpkeepDeps = Pick<Parts, 'house' | 'rooms' | 'config' | 'registry' | 'place'>;

const H = 3_600_000;
const SUNDAY = 0;

/**
 * At start and daily, for every project that was ever used: worktrees nobody needs are removed, archives that were not
 * pushed are pushed, stale locks go, and once a week git collects its garbage (FORGE-70, FORGE-75 to FORGE-77). One
 * broken project never stops the others; what is left alone is logged.
 */
export async function keepRepositories(deps: RepoUpkeepDeps): Promise<void> {
  const { config, registry, rooms, place } = deps;
  for (const project of registry.current().projects) {
    const { repo } = project;
    if (!existsSync(layoutOf(config.forge.reposDir, repo).mirror)) continue;
    try {
      const request = { ownedBranches: ownedBranches(deps, project), gc: mayCollect(deps, project) };
      tell(deps, repo, await rooms.workspace.open(project).maintain(request));
    } catch (error) {
      place.log.warn({ repo, err: describeError(error) }, 'the repositories of a project were not tidied');
    }
  }
}

/** Branches of live tasks, and of those that ended less than `ORCH_WORKTREE_KEEP_H` ago. */
function ownedBranches({ house, config, place }: RepoUpkeepDeps, { repo }: Project): string[] {
  const since = place.now() - config.forge.worktreeKeepH * H;
  const recent = house.tasks
    .list({ kind: 'done', repo, scope: null, offset: 0, limit: 1000 })
    .tasks.filter(({ endedAt }) => (endedAt ?? since) >= since);
  const live = house.tasks.live().filter((task) => task.repo === repo);
  return [...live, ...recent].map(({ branch }) => branch);
}

/** Weekly, and only while no run of the project is alive. */
function mayCollect({ house, place }: RepoUpkeepDeps, { repo }: Project): boolean {
  const mine = new Set(
    house.tasks
      .live()
      .filter((task) => task.repo === repo)
      .map(({ id }) => id),
  );
  const busy = house.runs.live().some(({ task }) => mine.has(task));
  return !busy && new Date(place.now()).getUTCDay() === SUNDAY;
}

function tell({ place }: RepoUpkeepDeps, repo: string, report: MaintenanceReport): void {
  const { removed, left, locks, archived } = report;
  if (removed.length + locks.length + archived.length > 0)
    place.log.info({ repo, removed, locks, archived }, 'repositories tidied');
  if (left.length > 0) place.log.info({ repo, left }, 'directories without a task were left alone');
}
