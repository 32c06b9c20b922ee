import type { Command } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `pair` and `reload` (ACC-3, REG-6). */
export function addPairing(root: Command, { act }: Cli): void {
  const pair = root.command('pair').description('print a new code (or chat page URL) for an owner');
  withExample(withCommon(pair), 'orchestrator pair').action(
    act(async ({ flags }, context) => (await import('../actions/upkeep.ts')).pair(context, flags)),
  );
  const reload = root.command('reload').description('read the project registry again');
  withExample(withCommon(reload), 'orchestrator reload').action(
    act(async ({ flags }, context) => (await import('../actions/upkeep.ts')).reload(context, flags)),
  );
}
