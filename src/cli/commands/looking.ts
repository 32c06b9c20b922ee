import type { Command } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `status` and `queue`: a running system, or its database read-only (REC-140a). */
export function addLooking(root: Command, { act }: Cli): void {
  const status = root.command('status').description('what runs and what waits for whom');
  withExample(withCommon(status), 'orchestrator status').action(
    act(async ({ flags }, context) => (await import('../actions/status.ts')).status(context, flags)),
  );
  const queue = root.command('queue').description('agents, waits, freezes and limits');
  withExample(withCommon(queue), 'orchestrator queue --json').action(
    act(async ({ flags }, context) => (await import('../actions/queue.ts')).queue(context, flags)),
  );
}
