import type { Command } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `pair`, `reload` and `tracker refresh` (ACC-3, REG-6, PLANE-22). */
export function addPairing(root: Command, { act }: Cli): void {
  const pair = root.command('pair').description('print a new code (or chat page URL) for an owner');
  withExample(withCommon(pair), 'orchestrator pair').action(
    act(async ({ flags }, context) => (await import('../actions/upkeep.ts')).pair(context, flags)),
  );
  const reload = root.command('reload').description('read the project registry again');
  withExample(withCommon(reload), 'orchestrator reload').action(
    act(async ({ flags }, context) => (await import('../actions/upkeep.ts')).reload(context, flags)),
  );
  const tracker = root.command('tracker').description('what is known of the trackers');
  const refresh = tracker
    .command('refresh')
    .description('read the states of the trackers again, of one project or all')
    .argument('[project]', 'repository or prefix');
  withExample(withCommon(refresh), 'orchestrator tracker refresh shop').action(
    act<object, [string | undefined]>(async ({ args: [project], flags }, context) =>
      (await import('../actions/upkeep.ts')).refreshTracker(context, flags, project),
    ),
  );
}
